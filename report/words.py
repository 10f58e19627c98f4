# Run by the report (Python 3.9 upward).
"""Numbers in words, the same on the terminal, on the page and under a picture."""

from __future__ import annotations

from bench.precision import Estimate


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
