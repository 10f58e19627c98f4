# Run by the driver and by the report (Python 3.9 upward): pure functions on one invocation's times.
"""Where the last plateau of a long series begins, seen through noise.

A just-in-time compiler changes the fastest times of a stretch; a busy machine changes the others. So each stretch of
iterations is represented by its lower quartile, and a plateau begins where these come near the level of the last half
and stay there (Barrett et al. 2017 describe the shapes: several drops, and steps upward after a deoptimisation).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

STRETCH = 5  # iterations, at least
STRETCHES = 200  # at most: a start is found to half a per cent of a long series
FEWEST = 4 * STRETCH  # iterations after the cold one, below which no plateau can be told
NEAR = 0.05  # above the last half's level: a stretch within this is on the plateau
CERTAIN = 3.0  # standard errors: what the last quarter is faster by must be more than their noise to be a trend
FAR_BELOW = 0.10  # a stretch this much faster than the last half is another state, which ended
LOWER_QUARTILE = 25


@dataclass(frozen=True)
class Plateau:
    """The last plateau of a series.

    ``start`` is its first iteration, an index where 0 is the cold iteration; ``level_ns`` is its lower quartile;
    ``gain`` is how many times longer what came before it took, or the first stretch.
    """

    start: int
    level_ns: float
    gain: float


def last(iterations_ns: list[int]) -> Plateau | None:
    """Return the last plateau; None where the series is too short or is still becoming faster as it ends."""
    warm = numpy.asarray(iterations_ns[1:], dtype=float)
    if len(warm) < FEWEST:
        return None
    length = max(STRETCH, math.ceil(len(warm) / STRETCHES))
    lows = _lows(warm, length)
    half, quarter = len(lows) // 2, len(lows) // 4
    level, before, after = (_low(part) for part in (lows[half:], lows[half:-quarter], lows[-quarter:]))
    noise = _noise(lows[half:]) * math.sqrt(2 / quarter)
    if before - after > max(NEAR * before, CERTAIN * noise):
        return None
    near = lows <= (1 + NEAR) * level
    below = numpy.flatnonzero(lows[:half] < (1 - FAR_BELOW) * level)
    if below.size:
        near[: below[-1] + 1] = False
    # The first stretch on the plateau may begin a little before it.
    first = int(numpy.argmax(near)) * length
    first += int(numpy.argmax(warm[first:] <= (1 + 2 * NEAR) * level))
    # The cold iteration is slow for other reasons too, and one later one by chance: a compiler shows in both.
    slow = max(lows[0], min(iterations_ns[0], numpy.median(warm[:first]))) if first else lows[0]
    return Plateau(1 + first, level, float(slow) / level)


def _noise(lows: NDArray[numpy.float64]) -> float:
    """Return the standard deviation of stretches from one to the next, which a trend hardly changes."""
    return 1.4826 * float(numpy.median(numpy.abs(numpy.diff(lows)))) / math.sqrt(2)


def _low(values: NDArray[numpy.float64]) -> float:
    return float(numpy.percentile(values, LOWER_QUARTILE))


def _lows(warm: NDArray[numpy.float64], length: int) -> NDArray[numpy.float64]:
    """Return the lower quartile of each full stretch of ``length`` iterations."""
    count = len(warm) // length
    stretches = warm[: count * length].reshape(count, length)
    return numpy.asarray(numpy.percentile(stretches, LOWER_QUARTILE, axis=1))
