# Run by the report (Python 3.9 upward).
"""Compare two samples of invocations: a ratio with its interval, and a verdict in words read off that interval.

Ratios with intervals instead of means with stars: Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013.
Welch's t on logarithms of one number per invocation. Intervals shown together hold together, and at each look of a run
that stops by what it saw (Bonferroni: Dunn 1961; looks as in Lan and DeMets 1983). Where a cell was started fewer than
ENOUGH times, its variance is pooled with those of its siblings, as an analysis of variance does (Fisher 1925). What is
needed for an answer follows from the noise seen, taken pessimistically because a pilot's own spread is itself uncertain
(Browne 1995).
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace

from scipy.special import chdtri

from runoff.stats.intervals import CONFIDENCE, Estimate, interval, printed, t_quantile

EQUIVALENT = 0.05  # a whole interval within this of 1 is "equivalent"; the difference that must not be missed
POWER = 0.9  # how often a difference of EQUIVALENT must be found with the invocations asked for
PESSIMISM = 0.8  # confidence of the upper limit of the noise that the number needed is computed from

ENOUGH = 5  # invocations (those of a quick run) from which on a cell's own spread is good enough

FASTER, SLOWER, SAME, UNKNOWN = "faster", "slower", "equivalent", "cannot tell"
AT_LEAST, AT_MOST = "at least", "at most"  # of what is still warming up


@dataclass(frozen=True)
class Comparison:
    """How much faster ``above`` is than ``below``, on logarithms; above 0 is faster."""

    difference: float
    #: standard error of the difference; None where one invocation gives none
    error: float | None
    #: standard deviation of the logarithms, pooled; and its degrees of freedom
    noise: float
    freedom: float
    invocations: int
    #: how often the interval may miss the truth
    risk: float = 1 - CONFIDENCE
    #: is ``above``, is ``below`` still warming up, its speed a lower bound?
    warming: tuple[bool, bool] = (False, False)
    #: what one more invocation of both costs; None where nobody knows
    cost_s: float | None = None

    @property
    def ratio(self) -> Estimate:
        """The ratio of speeds with its interval."""
        if self.error is None:
            return Estimate(math.exp(self.difference), None, None)
        return interval(self.difference, self.error, self.freedom, self.risk)


def compare(
    above: list[float],
    below: list[float],
    above_siblings: list[list[float]] | None = None,
    below_siblings: list[list[float]] | None = None,
) -> Comparison:
    """Compare mean(above) / mean(below), both geometric, by Welch's t on the logarithms.

    ``above_siblings``, ``below_siblings``: samples of what is as noisy (this sample too), whose
    common spread is used where there are fewer than ENOUGH invocations: two alone have one degree of freedom.
    """
    a, b = [math.log(value) for value in above], [math.log(value) for value in below]
    difference = statistics.fmean(a) - statistics.fmean(b)
    count = min(len(a), len(b))
    if count < 2:
        return Comparison(difference, None, math.inf, 0, count)
    (spread_a, free_a), (spread_b, free_b) = _spread(above, above_siblings), _spread(below, below_siblings)
    va, vb = spread_a / len(a), spread_b / len(b)
    noise = math.sqrt((spread_a + spread_b) / 2)
    if va + vb == 0.0:  # no noise at all: a clock that cannot resolve it, or times made up
        return Comparison(difference, 0.0, 0.0, free_a + free_b, count)
    freedom = (va + vb) ** 2 / (va**2 / free_a + vb**2 / free_b)
    return Comparison(difference, math.sqrt(va + vb), noise, freedom, count)


def _spread(sample: list[float], siblings: list[list[float]] | None) -> tuple[float, int]:
    """Return the variance of the logarithms with its degrees of freedom, of the sample or pooled over siblings."""
    pooled = [each for each in siblings or () if len(each) > 1] if len(sample) < ENOUGH else []
    logs = [[math.log(value) for value in each] for each in pooled or [sample]]
    freedom = sum(len(each) - 1 for each in logs)
    return sum(statistics.variance(each) * (len(each) - 1) for each in logs) / freedom, freedom


def ratio(above: list[float], below: list[float]) -> Estimate:
    """Return the ratio of two samples without a verdict."""
    return compare(above, below).ratio


def together(shown: list[Comparison], looks: int = 1) -> list[Comparison]:
    """Return ``shown`` with intervals that hold together.

    All hold at once, 95 times in 100, at each of ``looks`` looks (Bonferroni).
    """
    counted = sum(each.error is not None for each in shown)
    return [replace(each, risk=(1 - CONFIDENCE) / max(1, counted * looks)) for each in shown]


def verdicts(shown: list[Comparison], floor: float = 0.0, margin: float = EQUIVALENT) -> list[str]:
    """Return a verdict for each of ``shown``, read off the interval that is printed beside it.

    ``floor`` is the largest difference seen between the baseline and itself, as a share; no smaller difference is
    claimed. ``margin`` says how close to 1 is equivalent; the whole interval must be inside.
    """
    return [verdict(each, floor, margin) for each in shown]


def verdict(comparison: Comparison, floor: float = 0.0, margin: float = EQUIVALENT) -> str:
    """Return the verdict on one comparison; see ``verdicts``."""
    speed = comparison.ratio
    if speed.low is None or speed.high is None:
        return f"{UNKNOWN} (one invocation)"
    if any(comparison.warming):
        return _bound(comparison.warming, speed.low, speed.high)
    if speed.low >= 1 - margin and speed.high <= 1 + margin:
        return SAME
    if printed(speed.low) > 1 or printed(speed.high) < 1:
        if abs(comparison.difference) <= math.log1p(floor):
            return f"{UNKNOWN} (below the A/A floor of {100 * floor:.1f} %)"
        return FASTER if speed.value > 1 else SLOWER
    return f"{UNKNOWN} ({_more(comparison, margin)})"


def _bound(warming: tuple[bool, bool], low: float, high: float) -> str:
    """Return the verdict while one of two still becomes faster."""
    if warming == (True, False) and printed(low) > 1:
        return f"{AT_LEAST} {low:.2g} times, still warming up"
    if warming == (False, True) and printed(high) < 1:
        return f"{AT_MOST} {high:.2g} times, the other still warming up"
    return f"{UNKNOWN} (still warming up)"


def _more(comparison: Comparison, margin: float) -> str:
    """Return what an answer would take: time where its price is known, else invocations."""
    needed = invocations_needed(comparison, margin)
    if comparison.cost_s is None:
        return f"about {needed} invocations needed"
    seconds = max(10, math.ceil((needed - comparison.invocations) * comparison.cost_s / 10) * 10)
    return f"about {_told(seconds)} more: --resume --budget {seconds}"


def _told(seconds: int) -> str:
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds} s"


def invocations_needed(comparison: Comparison, margin: float = EQUIVALENT) -> int:
    """Return the invocations a side with which the difference seen is found nine times in ten.

    The difference is taken less its error, and as at least ``margin``. The result is at least one more than there were.
    """
    # The noise's upper confidence limit: n - 1 of them vary like chi squared.
    pessimistic = comparison.noise * math.sqrt(comparison.freedom / float(chdtri(comparison.freedom, PESSIMISM)))
    effect = max(math.log1p(margin), abs(comparison.difference) - (comparison.error or 0.0))
    needed = comparison.invocations + 1
    for _ in range(20):  # t depends on n: it settles after a few turns
        freedom = 2 * (needed - 1)
        reach = t_quantile(1 - comparison.risk / 2, freedom) + t_quantile(POWER, freedom)
        again = max(comparison.invocations + 1, math.ceil(2 * (pessimistic * reach / effect) ** 2))
        if again == needed:
            break
        needed = again
    return needed


def floor(baseline: list[tuple[list[float], list[float]]]) -> float | None:
    """Return the A/A floor: the largest difference of the baseline from itself as a share; None without pairs.

    Each pair holds two samples of the same thing: odd and even invocations, or a cell that was measured twice.
    """
    differences = [abs(math.log(ratio(one, other).value)) for one, other in baseline if one and other]
    return math.expm1(max(differences)) if differences else None


def geometric_mean_ratio(comparisons: list[Comparison]) -> Estimate:
    """Return the geometric mean of ratios over cells; each counts the same, and its noise widens the interval."""
    logs = [each.difference for each in comparisons]
    centre = statistics.fmean(logs)
    if any(each.error is None for each in comparisons):
        return Estimate(math.exp(centre), None, None)
    errors = [each.noise * math.sqrt(2 / each.invocations) for each in comparisons]
    error = math.sqrt(sum(each**2 for each in errors)) / len(errors)
    return interval(centre, error, min(each.freedom for each in comparisons))
