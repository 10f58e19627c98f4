# Run by the driver and by the report (Python 3.9 upward): pure functions on one number per invocation.
"""A mean or a median and how well it is known: what the report prints, and what the adaptive pass stops by.

Iterations of one invocation are not independent of each other, so each invocation gives one number (Georges, Buytaert,
Eeckhout 2007), and everything works on their logarithms: Student's t keeps its promise there from n = 3 on, which
pooled iterations and bootstraps do not (`nox -s calibrate` has the simulations).
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from scipy.special import bdtr, stdtrit

CONFIDENCE = 0.95
LARGEST_LOG = 700.0  # of what a float can hold: two wild invocations say nothing, in finite numbers


@dataclass(frozen=True)
class Estimate:
    """A value with its interval; low and high are None where one invocation gives no interval."""

    value: float
    low: float | None
    high: float | None

    def scaled(self, factor: float) -> Estimate:
        """Return the estimate with its interval, times ``factor``."""
        return Estimate(self.value * factor, _times(self.low, factor), _times(self.high, factor))

    @property
    def as_list(self) -> list[float | None]:
        """Value, low and high, as the page and the exports have them."""
        return [self.value, self.low, self.high]

    @property
    def half_width(self) -> float:
        """Half the interval as a share of the value; infinite without an interval."""
        return math.inf if self.low is None or self.high is None else math.log(self.high / self.low) / 2


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def geometric_mean(values: list[float]) -> Estimate:
    """Return the geometric mean of positive ``values`` with its 95 % interval."""
    logs = [math.log(value) for value in values]
    centre = statistics.fmean(logs)
    if len(logs) < 2:
        return Estimate(math.exp(centre), None, None)
    return interval(centre, math.sqrt(statistics.variance(logs) / len(logs)), len(logs) - 1)


def median(values: list[float]) -> Estimate:
    """Return the median with a 95 % interval that two of the values bound, whatever their distribution.

    How many values are below the true median is a binomial count. Six or more are needed.
    """
    ordered = sorted(values)
    count = len(ordered)
    outside = 0  # so many may be left out at either end
    while 2 * float(bdtr(outside, count, 0.5)) <= 1 - CONFIDENCE:
        outside += 1
    middle = statistics.median(ordered)
    if not outside:
        return Estimate(middle, None, None)
    return Estimate(middle, ordered[outside - 1], ordered[count - outside])


def interval(centre: float, error: float, freedom: float, risk: float = 1 - CONFIDENCE) -> Estimate:
    """Return exp of ``centre`` with an interval that misses the truth with a probability of ``risk``.

    ``centre`` is a mean of logarithms with the standard ``error``.
    """
    half = t_quantile(1 - risk / 2, freedom) * error
    return Estimate(
        math.exp(centre), math.exp(max(centre - half, -LARGEST_LOG)), math.exp(min(centre + half, LARGEST_LOG))
    )


def printed(value: float) -> float:
    """Return ``value`` as it is shown, with three significant digits: what is claimed must be seen in the figures."""
    return float(f"{value:.3g}")


def t_quantile(share: float, freedom: float) -> float:
    """Return the quantile ``share`` of Student's t with ``freedom`` degrees of freedom."""
    return float(stdtrit(freedom, share))
