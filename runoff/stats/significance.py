# Run by the report (Python 3.9 upward).
"""Two samples of invocations compared: a ratio with its interval, and one of four verdicts in words.

Ratios with intervals instead of means with stars: Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013.
Welch's t on logarithms of one number per invocation; Holm's correction over the comparisons that are shown together
(Holm 1979); where a cell was started fewer than ENOUGH times, its variance is pooled with those of its siblings, as an
analysis of variance does (Fisher 1925); the number of invocations that would be needed from the noise seen, taken
pessimistically because a pilot's own spread is itself uncertain (Browne 1995).
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from scipy.special import chdtri, stdtr

from runoff.stats.intervals import CONFIDENCE, Estimate, interval, t_quantile

EQUIVALENT = 0.05  # a whole interval within this of 1 is "equivalent"; the difference that must not be missed
POWER = 0.9  # how often a difference of EQUIVALENT must be found with the invocations asked for
PESSIMISM = 0.8  # confidence of the upper limit of the noise that the number needed is computed from

ENOUGH = 5  # invocations (those of a quick run) from which on a cell's own spread is good enough

FASTER, SLOWER, SAME, UNKNOWN = "faster", "slower", "equivalent", "cannot tell"


@dataclass(frozen=True)
class Comparison:
    """How much faster ``above`` is than ``below``: a ratio of speeds, above 1 is faster."""

    ratio: Estimate
    #: the probability of a difference as large as this between equal programs; None where there is no interval
    p: float | None
    #: standard deviation of the logarithms, pooled; and its degrees of freedom
    noise: float
    freedom: float
    invocations: int


def compare(
    above: list[float],
    below: list[float],
    above_siblings: list[list[float]] | None = None,
    below_siblings: list[list[float]] | None = None,
) -> Comparison:
    """mean(above) / mean(below), both geometric: Welch's t on the logarithms.

    ``above_siblings``, ``below_siblings``: samples of what is as noisy (this sample too), whose
    common spread is used where there are fewer than ENOUGH invocations: two alone have one degree of freedom.
    """
    a, b = [math.log(value) for value in above], [math.log(value) for value in below]
    difference = statistics.fmean(a) - statistics.fmean(b)
    count = min(len(a), len(b))
    if count < 2:
        return Comparison(Estimate(math.exp(difference), None, None), None, math.inf, 0, count)
    (spread_a, free_a), (spread_b, free_b) = _spread(above, above_siblings), _spread(below, below_siblings)
    va, vb = spread_a / len(a), spread_b / len(b)
    noise = math.sqrt((spread_a + spread_b) / 2)
    if va + vb == 0.0:  # no noise at all: a clock that cannot resolve it, or times made up
        exact = Estimate(math.exp(difference), math.exp(difference), math.exp(difference))
        return Comparison(exact, 1.0 if difference == 0.0 else 0.0, 0.0, free_a + free_b, count)
    freedom = (va + vb) ** 2 / (va**2 / free_a + vb**2 / free_b)
    p = 2 * float(stdtr(freedom, -abs(difference) / math.sqrt(va + vb)))
    return Comparison(interval(difference, math.sqrt(va + vb), freedom), p, noise, freedom, count)


def _spread(sample: list[float], siblings: list[list[float]] | None) -> tuple[float, int]:
    """Variance of the logarithms and its degrees of freedom: the sample's own, or pooled over its siblings."""
    pooled = [each for each in siblings or () if len(each) > 1] if len(sample) < ENOUGH else []
    logs = [[math.log(value) for value in each] for each in pooled or [sample]]
    freedom = sum(len(each) - 1 for each in logs)
    return sum(statistics.variance(each) * (len(each) - 1) for each in logs) / freedom, freedom


def ratio(above: list[float], below: list[float]) -> Estimate:
    """The ratio alone, where no verdict is asked for."""
    return compare(above, below).ratio


def holm(probabilities: list[float]) -> list[float]:
    """``probabilities`` corrected for being looked at together: Holm's step-down."""
    corrected = [1.0] * len(probabilities)
    highest = 0.0
    ranked = sorted(range(len(probabilities)), key=lambda at: probabilities[at])
    for rank, at in enumerate(ranked):
        highest = max(highest, min(1.0, probabilities[at] * (len(probabilities) - rank)))
        corrected[at] = highest
    return corrected


def verdicts(shown: list[Comparison], floor: float = 0.0, margin: float = EQUIVALENT) -> list[str]:
    """A verdict for each of the comparisons ``shown`` together.

    ``floor``: the largest difference seen between the baseline and itself, as a share; nothing below it is claimed.
    ``margin``: how close to 1 is equivalent. Equivalence needs the whole 95 % interval inside, which is stricter than
    two one-sided tests, and is not corrected again.
    """
    corrected = iter(holm([each.p for each in shown if each.p is not None]))
    return [
        _verdict(each, next(corrected) if each.p is not None else None, len(shown), floor, margin) for each in shown
    ]


def _verdict(comparison: Comparison, p: float | None, together: int, floor: float, margin: float) -> str:
    speed = comparison.ratio
    if p is None or speed.low is None or speed.high is None:
        return f"{UNKNOWN} (one invocation)"
    if speed.low >= 1 - margin and speed.high <= 1 + margin:
        return SAME
    if p < 1 - CONFIDENCE:
        if abs(math.log(speed.value)) <= math.log1p(floor):
            return f"{UNKNOWN} (below the A/A floor of {100 * floor:.1f} %)"
        return FASTER if speed.value > 1 else SLOWER
    return f"{UNKNOWN} (about {invocations_needed(comparison, together, margin)} invocations needed)"


def invocations_needed(comparison: Comparison, together: int = 1, margin: float = EQUIVALENT) -> int:
    """Invocations a side with which a difference of ``margin`` is found nine times in ten, over ``together``
    comparisons; never fewer than one more than there were."""
    # The noise's upper confidence limit: n - 1 of them vary like chi squared.
    pessimistic = comparison.noise * math.sqrt(comparison.freedom / float(chdtri(comparison.freedom, PESSIMISM)))
    effect = math.log1p(margin)
    risk = (1 - CONFIDENCE) / max(1, together)
    needed = comparison.invocations + 1
    for _ in range(20):  # t depends on n: it settles after a few turns
        freedom = 2 * (needed - 1)
        reach = t_quantile(1 - risk / 2, freedom) + t_quantile(POWER, freedom)
        again = max(comparison.invocations + 1, math.ceil(2 * (pessimistic * reach / effect) ** 2))
        if again == needed:
            break
        needed = again
    return needed


def floor(baseline: list[tuple[list[float], list[float]]]) -> float | None:
    """The A/A floor: the largest difference between the baseline and itself over cells, as a share; None without any.

    Each pair holds two samples of the same thing: odd and even invocations, or a cell that was measured twice.
    """
    differences = [abs(math.log(ratio(one, other).value)) for one, other in baseline if one and other]
    return math.expm1(max(differences)) if differences else None


def geometric_mean_ratio(comparisons: list[Comparison]) -> Estimate:
    """The geometric mean of ratios over cells; each cell counts the same, its noise goes into the interval."""
    logs = [math.log(each.ratio.value) for each in comparisons]
    centre = statistics.fmean(logs)
    if any(each.p is None for each in comparisons):
        return Estimate(math.exp(centre), None, None)
    errors = [each.noise * math.sqrt(2 / each.invocations) for each in comparisons]
    error = math.sqrt(sum(each**2 for each in errors)) / len(errors)
    return interval(centre, error, min(each.freedom for each in comparisons))
