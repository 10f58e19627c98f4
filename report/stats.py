# Run by the report (Python 3.9 upward).
"""Means, ratios and intervals over invocations, the unit of replication.

Iterations of one invocation are not independent of each other, so each invocation gives one number, and everything
here works on their logarithms: Welch's t keeps its promise there from n = 3 on. Ratios with intervals instead of means
with stars: Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from scipy.special import stdtrit

CONFIDENCE = 0.95
EQUIVALENT = 0.05  # a whole interval within this of 1 is "equivalent"


@dataclass(frozen=True)
class Estimate:
    """``value`` with its interval; low and high are None where one invocation gives no interval."""

    value: float
    low: float | None
    high: float | None

    def scaled(self, factor: float) -> Estimate:
        return Estimate(self.value * factor, _times(self.low, factor), _times(self.high, factor))


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def geometric_mean(values: list[float]) -> Estimate:
    """The geometric mean of positive ``values`` and its 95 % interval."""
    logs = [math.log(value) for value in values]
    centre = statistics.fmean(logs)
    if len(logs) < 2:
        return Estimate(math.exp(centre), None, None)
    half = _t(len(logs) - 1) * statistics.stdev(logs) / math.sqrt(len(logs))
    return Estimate(math.exp(centre), math.exp(centre - half), math.exp(centre + half))


def ratio(above: list[float], below: list[float]) -> Estimate:
    """mean(above) / mean(below), both geometric, with Welch's 95 % interval on the logarithms."""
    a, b = [math.log(value) for value in above], [math.log(value) for value in below]
    difference = statistics.fmean(a) - statistics.fmean(b)
    if len(a) < 2 or len(b) < 2:
        return Estimate(math.exp(difference), None, None)
    va, vb = statistics.variance(a) / len(a), statistics.variance(b) / len(b)
    if va + vb == 0.0:
        return Estimate(math.exp(difference), math.exp(difference), math.exp(difference))
    freedom = (va + vb) ** 2 / (va**2 / (len(a) - 1) + vb**2 / (len(b) - 1))
    half = _t(freedom) * math.sqrt(va + vb)
    return Estimate(math.exp(difference), math.exp(difference - half), math.exp(difference + half))


def verdict(speed: Estimate, invocations: int) -> str:
    """``speed`` (a ratio of speeds, above 1 is faster) in one of four verdicts.

    "cannot tell" says about how many invocations would: the interval shrinks with the square root of n.
    """
    if speed.low is None or speed.high is None:
        return "cannot tell (one invocation)"
    if speed.low >= 1 - EQUIVALENT and speed.high <= 1 + EQUIVALENT:
        return "equivalent"
    if speed.low > 1:
        return "faster"
    if speed.high < 1:
        return "slower"
    half = math.log(speed.high / speed.low) / 2
    needed = math.ceil(invocations * (half / max(EQUIVALENT / 2, abs(math.log(speed.value)))) ** 2)
    return f"cannot tell (about {max(needed, invocations + 1)} invocations needed)"


def _t(freedom: float) -> float:
    return float(stdtrit(freedom, (1 + CONFIDENCE) / 2))
