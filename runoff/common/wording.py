# Run by the driver and by the report (Python 3.9 upward).
"""Numbers as text, the same on the terminal, on the page and under a picture."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from runoff.stats.intervals import Estimate, printed

HARMFUL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
NAMED = 4  # names listed in a sentence, before "and 5 more"


def short(value: float) -> str:
    """Format three significant digits without an exponent; the page's script rounds the same way."""
    if value >= 100:
        return f"{value:.0f}"
    text = f"{printed(value):.10f}"
    return text.rstrip("0").rstrip(".")


def number(estimate: Estimate) -> str:
    """Format 1234 [1200, 1270]; or 1234 [n=1] where one invocation gives no interval."""
    if estimate.low is None or estimate.high is None:
        return f"{short(estimate.value)} [n=1]"
    return f"{short(estimate.value)} [{short(estimate.low)}, {short(estimate.high)}]"


def spread(values: list[float]) -> str:
    """Format the range of ``values``, always with both ends, which mark a figure without an interval: 1200 to 1900."""
    return f"{short(min(values))} to {short(max(values))}"


def times(estimate: Estimate | None) -> str:
    """Format 1.97 [1.92, 2.01]; or a dash where there is nothing to compare with."""
    return number(estimate) if estimate else "-"


def counted(number: int, noun: str) -> str:
    """Format a number of things: 1 cell, 2 cells."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def size(count: float) -> str:
    """Format a number of bytes: 64 KiB."""
    for unit, large in (("MiB", 2**20), ("KiB", 2**10)):
        if count >= large:
            return f"{short(count / large)} {unit}"
    return f"{short(count)} bytes"


def duration(us: float) -> str:
    """Format microseconds: 1.2 ms, 240 ns."""
    for unit, large in (("s", 1e6), ("ms", 1e3), ("us", 1.0)):
        if us >= large:
            return f"{short(us / large)} {unit}"
    return f"{short(1e3 * us)} ns"


def listed(names: Sequence[str]) -> str:
    """Join names: a, b, c, d and 5 more."""
    kept = list(names[:NAMED]) if len(names) > NAMED + 1 else list(names)
    more = [f"{len(names) - len(kept)} more"] if len(kept) < len(names) else []
    parts = kept + more
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def shortened(text: str, kept: int) -> str:
    """Leave of a long text ``kept`` characters of its beginning and of its end, and say how many are left out."""
    left_out = len(text) - 2 * kept
    return text if left_out <= 0 else f"{text[:kept]} ... ({left_out} characters left out) ... {text[-kept:]}"


def printable(text: str) -> str:
    """Write the control characters of ``text``, which a terminal would obey, as escapes; line ends as spaces."""
    line = " ".join(text.split("\n")).rstrip()
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in line)


def harmless(value: Any) -> Any:
    """Return plain data with control characters and lone surrogates as escapes; line ends and tabs stay."""
    if isinstance(value, str):
        return HARMFUL.sub(lambda found: found[0].encode("unicode_escape").decode(), value)
    if isinstance(value, list):
        return [harmless(item) for item in value]
    if isinstance(value, dict):
        return {harmless(key): harmless(item) for key, item in value.items()}
    return value


def sentence(words: str) -> str:
    """Begin ``words`` with a capital and end them with a full stop."""
    return f"{words[:1].upper()}{words[1:]}."
