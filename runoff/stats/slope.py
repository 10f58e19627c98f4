# Run by the driver and by the report (Python 3.9 upward): pure functions on a series of samples.
"""How something grows over a long run: a slope with an interval."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from runoff.stats.intervals import CONFIDENCE

SETTLING = 0.25  # of the run, left out: caches fill and a compiler warms up
BLOCKS = 20  # means over stretches, because samples next to each other are not independent


@dataclass(frozen=True)
class Slope:
    """A slope per second; low and high bound the true one in 95 % of cases."""

    value: float
    low: float
    high: float
    minutes: float

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        if self.low > 0:
            return "grows"
        return "shrinks" if self.high < 0 else "no growth seen"


def slope(series: Sequence[Sequence[float]]) -> Slope | None:
    """Return the slope of [[seconds, size], ...]; None where there are fewer than two samples a block.

    It is Theil and Sen's over means of blocks, which a collector's sawtooth or one jump does not bend.
    """
    until = series[-1][0] if series else 0.0
    kept = [point for point in series if point[0] >= SETTLING * until]
    if len(kept) < 2 * BLOCKS:
        return None
    bounds = [len(kept) * at // BLOCKS for at in range(BLOCKS + 1)]
    blocks = [kept[begin:end] for begin, end in zip(bounds, bounds[1:])]
    times, sizes = ([statistics.fmean(point[at] for point in block) for block in blocks] for at in (0, 1))
    from scipy.stats import theilslopes  # here, since it takes half a second, and few runs are long enough for a slope

    found = theilslopes(sizes, times, CONFIDENCE)
    return Slope(float(found[0]), float(found[2]), float(found[3]), until / 60)
