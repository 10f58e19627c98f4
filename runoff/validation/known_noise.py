# Run by nox -s calibrate (Python 3.9 upward): pure functions on numbers.
"""How many starts it takes to tell the fastest interpreter from all others where each cell's noise is known.

No rule that has to learn the noise from the same starts can find more.
"""

from __future__ import annotations

import math

from numpy.polynomial.hermite_e import hermegauss
from scipy.special import ndtr, ndtri

from runoff.stats.intervals import CONFIDENCE

#: Where a normal density is looked at, and how much each place counts (Gauss' quadrature).
_PLACES, _WEIGHTS = hermegauss(60)


def found(spread: float, starts: int, faster: float, others: int) -> float:
    """Return how likely one that is ``faster`` (0.1 for 10 %) is told from each of ``others`` equal ones.

    ``spread`` is the standard deviation of the logarithm of a start's speed, and ``starts`` are those of each. The risk
    of all comparisons together is that of an interval (Bonferroni).
    """
    told = -ndtri((1 - CONFIDENCE) / 2 / others) * math.sqrt(2)
    lead = math.log1p(faster) * math.sqrt(starts) / spread
    return float(_WEIGHTS @ ndtr(lead - told + _PLACES) ** others) / math.sqrt(2 * math.pi)
