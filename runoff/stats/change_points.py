# Run by the driver and by the report (Python 3.9 upward): pure functions on one invocation's times.
"""Where a series of times changes its mean or its variance: ruptures' PELT (Killick, Fearnhead, Eckley 2012)."""

from __future__ import annotations

import math

import numpy
import ruptures
from numpy.typing import NDArray
from ruptures.base import BaseCost
from scipy import ndimage

PENALTY = 15.0  # times ln n: Barrett et al. 2017
SMALLEST_SEGMENT = 3
# Spikes upward are set aside, because PELT misreads most flat series with 3 % spikes otherwise; but not those that the
# series begins with: a short warm-up looks like that (`nox -s calibrate` counts both).
WINDOW = 51  # times around a spike that say what is usual there
SPIKE = 2.2  # spreads (85th less 10th percentile: 2.3 standard deviations of a normal) above the middle of the window
LEAST_SPIKE = 0.02  # of that middle
RESOLVED = 1e-4  # a standard deviation below this share of the time is the clock's
#: PELT's time grows with the square of n: longer series have change points at every second, third ... time only.
CANDIDATES = 500


def without_spikes(times: list[int]) -> list[int]:
    """Return the indices in ``times`` of those that do not stand far above their neighbours."""
    low, middle, high = (
        ndimage.percentile_filter(numpy.asarray(times, dtype=float), share, size=WINDOW) for share in (10, 50, 85)
    )
    usual = middle + numpy.maximum(SPIKE * (high - low), LEAST_SPIKE * middle)
    fits = numpy.asarray(times) <= usual
    fits[: numpy.argmax(fits)] = True  # a warm-up
    return [int(at) for at in numpy.flatnonzero(fits)]


def find(values: list[float]) -> list[int]:
    """Return the ends of the segments of ``values`` (about 1 each); the last one is ``len(values)``."""
    jump = max(1, len(values) // CANDIDATES)
    search = ruptures.Pelt(custom_cost=_MeanAndVariance(), min_size=SMALLEST_SEGMENT, jump=jump)
    return [int(end) for end in search.fit(numpy.array(values)).predict(pen=PENALTY * math.log(len(values)))]


class _MeanAndVariance(BaseCost):  # type: ignore[misc]  # ruptures has no types
    """The cost "normal" of ruptures for one dimension, from running sums, which is ten times faster."""

    model = "mean and variance"
    min_size = SMALLEST_SEGMENT

    def fit(self, signal: NDArray[numpy.float64]) -> _MeanAndVariance:
        self.signal = signal
        centred = signal.ravel() - 1.0  # no digits lost in the squares
        self._sums = [0.0, *numpy.cumsum(centred).tolist()]
        self._squares = [0.0, *numpy.cumsum(centred**2).tolist()]
        return self

    def error(self, begin: int, end: int) -> float:
        """Return twice the negative logarithm of the segment's likelihood, up to a constant."""
        count = end - begin
        mean = (self._sums[end] - self._sums[begin]) / count
        variance = (self._squares[end] - self._squares[begin]) / count - mean * mean
        return count * math.log(max(variance, RESOLVED**2))
