# Run by the report (Python 3.9 upward).
"""Numbers in words, the same on the terminal, on the page and under a picture."""

from __future__ import annotations

from collections.abc import Sequence

from runoff.stats.intervals import Estimate

NAMED = 4  # results named in a sentence, before "and so many more"


def short(value: float) -> str:
    """Three significant digits, never an exponent; the page's script rounds the same way."""
    if value >= 100:
        return f"{value:.0f}"
    text = f"{float(f'{value:.3g}'):.10f}"
    return text.rstrip("0").rstrip(".")


def number(estimate: Estimate) -> str:
    """1234 [1200, 1270]; where one invocation gives no interval, 1234 [n=1]"""
    if estimate.low is None or estimate.high is None:
        return f"{short(estimate.value)} [n=1]"
    return f"{short(estimate.value)} [{short(estimate.low)}, {short(estimate.high)}]"


def spread(values: list[float]) -> str:
    """1200 to 1900: the range, where there is no one number"""
    return f"{short(min(values))} to {short(max(values))}"


def times(estimate: Estimate | None) -> str:
    """1.97 [1.92, 2.01]; a dash where there is nothing to compare with."""
    return number(estimate) if estimate else "-"


def size(count: float) -> str:
    """64 KiB"""
    for unit, large in (("MiB", 2**20), ("KiB", 2**10)):
        if count >= large:
            return f"{short(count / large)} {unit}"
    return f"{short(count)} bytes"


def duration(us: float) -> str:
    """1.2 ms, of so many microseconds"""
    for unit, large in (("s", 1e6), ("ms", 1e3)):
        if us >= large:
            return f"{short(us / large)} {unit}"
    return f"{short(us)} us"


def listed(told: Sequence[str]) -> str:
    """a, b, c and 5 more"""
    kept = list(told[:NAMED]) if len(told) > NAMED + 1 else list(told)
    more = [f"{len(told) - len(kept)} more"] if len(kept) < len(told) else []
    parts = kept + more
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."
