# Run by the driver and by the report (Python 3.9 upward): pure functions on one number per invocation.
"""Compare two samples of invocations: a ratio with its interval, and a verdict in words read off that interval.

Ratios with intervals instead of means with stars: Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013.
Welch's t on logarithms of one number per invocation. Intervals shown together hold together (Bonferroni: Dunn 1961),
and at each look of a run that stops by what it saw (Lan and DeMets 1983). What a run says of one interpreter shares one
risk (Holm 1979). The variance of a cell that was started few times is moderated by those of the other cells of its run
(Smyth 2004). What is needed for an answer follows from the noise seen, taken pessimistically because a pilot's own
spread is itself uncertain (Browne 1995).
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, replace

from scipy.special import chdtri

from runoff.stats import moderated
from runoff.stats.intervals import CONFIDENCE, Estimate, interval, printed, t_quantile
from runoff.stats.moderated import Prior

EQUIVALENT = 0.05  # a whole interval within this of 1 is "equivalent"; the difference that must not be missed
POWER = 0.9  # how often a difference of EQUIVALENT must be found with the invocations asked for
FIRST_SHARE = 0.1  # of the risk of a wrong claim, for the first look of a run that stops by what it sees
UNLUCKY = 0.05  # how often few starts may be further from their cell's speed than is allowed for
HOPELESS = 1.6  # how many times too slow one start may be, at most
ALONE = math.log(HOPELESS) / 2  # the least standard deviation of a single start: HOPELESS is two of them off
PESSIMISM = 0.8  # confidence of the upper limit of the noise that the number needed is computed from

FASTER, SLOWER, SAME, UNKNOWN = "faster", "slower", "equivalent", "cannot tell"
TOO_WIDE = 100  # times between the ends of an interval: its figures would only pretend to say something
AT_LEAST, AT_MOST = "at least", "at most"  # of what is still warming up
ONE = "one invocation"  # why a single start does not tell


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
    #: the part of the error's square that the cells of one interpreter have in common
    shared: float = 0.0

    @property
    def ratio(self) -> Estimate:
        """The ratio of speeds with its interval."""
        if self.error is None:
            return Estimate(math.exp(self.difference), None, None)
        return interval(self.difference, self.error, self.freedom, self.risk)


@dataclass(frozen=True)
class Level:
    """The logarithm of a speed: its mean over invocations, the variance of that mean, and its degrees of freedom."""

    mean: float
    variance: float | None
    freedom: float
    invocations: int
    #: did the other cells of its run say something of its noise?
    moderated: bool
    #: the part of ``variance`` that the cells of one interpreter have in common
    shared: float = 0.0

    @property
    def speed(self) -> Estimate:
        """The speed with its 95 % interval; a single invocation has none of its own."""
        if self.variance is None or self.invocations < 2:
            return Estimate(math.exp(self.mean), None, None)
        return interval(self.mean, math.sqrt(self.variance), self.freedom)


def level(sample: list[float], prior: Prior | None = None, shared: float = 0.0) -> Level:
    """Return the level of ``sample``; ``prior`` is what the other cells of its run say of its noise.

    ``shared``: the variance that no further invocation of this cell alone makes smaller (runoff/stats/average_pace.py).
    A single invocation has the noise of its kind, and no less than ALONE.
    """
    mean, count = statistics.fmean(math.log(value) for value in sample), len(sample)
    if count > 1:
        spread, freedom = moderated.variance(sample, prior)
    elif prior is not None:
        spread, freedom = max(prior.variance, ALONE**2), prior.freedom
    else:
        return Level(mean, None, 0, count, False)
    return Level(mean, spread / count + shared, freedom, count, prior is not None, shared)


def between(above: Level, below: Level) -> Comparison:
    """Compare two levels by Welch's t.

    Welch's degrees of freedom are too many for two cells that differ as much in noise as cells do and were started two
    or three times (equal ones were told apart in 10 % instead of 5 %). So moderated levels have those of the one that
    has fewer (Hsu 1938).
    """
    difference, count = above.mean - below.mean, min(above.invocations, below.invocations)
    if above.variance is None or below.variance is None:
        return Comparison(difference, None, math.inf, 0, count)
    noise = math.sqrt((above.variance * above.invocations + below.variance * below.invocations) / 2)
    total = above.variance + below.variance
    if total == 0.0:  # no noise at all: a clock that cannot resolve it, or times made up
        return Comparison(difference, 0.0, 0.0, above.freedom + below.freedom, count)
    if above.moderated or below.moderated:
        freedom = min(above.freedom, below.freedom)
    else:
        freedom = total**2 / (above.variance**2 / above.freedom + below.variance**2 / below.freedom)
    return Comparison(difference, math.sqrt(total), noise, freedom, count, shared=above.shared + below.shared)


def compare(above: list[float], below: list[float]) -> Comparison:
    """Compare mean(above) / mean(below), both geometric, by Welch's t on the logarithms."""
    return between(level(above), level(below))


def ratio(above: list[float], below: list[float]) -> Estimate:
    """Return the ratio of two samples without a verdict."""
    return compare(above, below).ratio


def together(
    shown: list[Comparison], first_look: int | None = None, sharing: list[int] | None = None
) -> list[Comparison]:
    """Return ``shown`` with intervals that hold together at the end: all at once, 95 times in 100 (Bonferroni).

    ``first_look``: the invocations at which a run that stops by what it sees looked first; None where it does not.
    ``sharing``: with how many each shares its risk, where it is not with all of ``shown`` (see ``count_sharing``).
    """
    counted = max(1, sum(each.error is not None for each in shown))
    return [
        replace(each, risk=risk_at_end(each.invocations, first_look) / count)
        for each, count in zip(shown, sharing or [counted] * len(shown))
    ]


def count_sharing(compared: list[Comparison], first_look: int | None = None) -> int:
    """Return how many of ``compared`` share one risk of a wrong claim: those that tell nothing apart.

    One that tells two apart leaves its share to the others, so that of equals something is claimed 5 times in 100, and
    unequals take little more time for that (Holm 1979).
    """
    known = [each for each in compared if each.error is not None]
    left = len(known)
    while True:
        apart = sum(is_apart(each.ratio) for each in together(known, first_look, [left] * len(known)))
        if max(1, len(known) - apart) == left:
            return left
        left = max(1, len(known) - apart)


def risk_at(invocations: int, first_look: int | None) -> float:
    """Return what risk of a wrong claim a look at ``invocations`` may take, while a run goes on.

    Looks are taken when their count has doubled, and at the end. The first may take FIRST_SHARE of the whole risk, the
    second half of the rest, the next half of what is left and so on, so that however many there are they never take
    more than the whole (alpha spending). Two invocations with half of the risk show little that four do not show with
    more of it, and a run of many interpreters ends at about five.
    """
    return 1 - CONFIDENCE if first_look is None else _share(math.ceil(_doublings(invocations, first_look)))


def risk_at_end(invocations: int, first_look: int | None) -> float:
    """Return what risk of a wrong claim the answer at the end of a run may take: it is the look after all others.

    Where it comes at the same count as the last of them it sees nothing else, and may take the shares of both.
    """
    if first_look is None:
        return 1 - CONFIDENCE
    doublings = _doublings(invocations, first_look)
    last = math.floor(doublings)
    return _share(last + 1) + (_share(last) if doublings == last else 0.0)


def _doublings(invocations: int, first_look: int) -> float:
    """Return how often the count of the first look has doubled."""
    return math.log2(max(1.0, invocations / first_look))


def _share(look: int) -> float:
    """Return the share of the risk that a look may take; the first is number 0."""
    return (1 - CONFIDENCE) * (FIRST_SHARE if look == 0 else (1 - FIRST_SHARE) / 2**look)


def luck(sample: list[float], prior: Prior | None, risk: float, often: bool = False) -> float:
    """Return how many times faster a cell may be than its starts, ``sample``, showed; it is more at ``risk``.

    Of few starts one may have been unlucky. Those of a cell that was started ``often`` say as much as their noise
    permits.
    """
    least = 1.0 if often else one_unlucky(len(sample))
    if len(sample) > 1:
        spread, freedom = moderated.variance(sample, prior)
    elif prior is not None:
        spread, freedom = prior.variance, prior.freedom
    else:
        return least
    return max(least, math.exp(t_quantile(1 - risk, freedom) * math.sqrt(spread / len(sample))))


def one_unlucky(count: int) -> float:
    """Return how many times faster a cell may be than its ``count`` starts showed, whatever the others show.

    One of them may have been slower by HOPELESS: on a shared machine a whole start often is.
    """
    return math.pow(HOPELESS, 1 / count)


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
        return f"{UNKNOWN} ({ONE})"
    if any(comparison.warming):
        return _bound(comparison.warming, speed.low, speed.high, floor)
    if speed.low >= 1 - margin and speed.high <= 1 + margin:
        return SAME
    if is_apart(speed):
        if abs(comparison.difference) <= math.log1p(floor):
            return _below(floor)
        return FASTER if speed.value > 1 else SLOWER
    return f"{UNKNOWN} ({_more(comparison, margin) if comparison.invocations > 1 else ONE})"


def says_faster(verdict: str) -> bool:
    """Return whether ``verdict`` says that the first of two is faster, or at least so many times as fast."""
    return verdict == FASTER or verdict.startswith(AT_LEAST)


def says_slower(verdict: str) -> bool:
    """Return whether ``verdict`` says that the first of two is slower, or at most so many times as fast."""
    return verdict == SLOWER or verdict.startswith(AT_MOST)


def is_apart(speed: Estimate) -> bool:
    """Return whether the interval of ``speed`` excludes 1, as it is printed."""
    return speed.low is not None and speed.high is not None and (printed(speed.low) > 1 or printed(speed.high) < 1)


def _bound(warming: tuple[bool, bool], low: float, high: float, floor: float) -> str:
    """Return the verdict while one of two still becomes faster: a bound, which may tell nothing."""
    if warming == (True, True) or high > TOO_WIDE * low:
        return f"{UNKNOWN} (still warming up)"
    if warming[0]:
        bound, tells, beyond = f"{AT_LEAST} {low:.3g} times, still warming up", printed(low) > 1, low > 1 + floor
    else:
        bound = f"{AT_MOST} {high:.3g} times, the other still warming up"
        tells, beyond = printed(high) < 1, high * (1 + floor) < 1
    if not tells:
        return f"{UNKNOWN} ({bound})"
    return bound if beyond else _below(floor)


def _below(floor: float) -> str:
    """Return the verdict on what is told apart by less than the baseline from itself."""
    return f"{UNKNOWN} (below the A/A floor of {100 * floor:.1f} %)"


def _more(comparison: Comparison, margin: float) -> str:
    """Return what an answer would take: time where its price is known, else invocations."""
    needed = invocations_needed(comparison, margin)
    if comparison.cost_s is None:
        return f"about {needed} invocations needed"
    seconds = max(10, math.ceil((needed - comparison.invocations) * comparison.cost_s / 10) * 10)
    return f"about {_duration(seconds)} more: --resume --budget {seconds}"


def _duration(seconds: int) -> str:
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

    def enough(freedom: float) -> int:
        reach = t_quantile(1 - comparison.risk / 2, freedom) + t_quantile(POWER, freedom)
        return math.ceil(2 * (pessimistic * reach / effect) ** 2)

    needed = max(comparison.invocations + 1, enough(math.inf))
    while needed < enough(2 * (needed - 1)):  # t is a little wider than the normal, the more so the fewer there are
        needed += 1
    return needed


def floor(baseline: list[tuple[list[float], list[float]]]) -> float | None:
    """Return the A/A floor: the largest difference of the baseline from itself as a share; None without pairs.

    Each pair holds two samples of the same thing: odd and even invocations, or a cell that was measured twice.
    """
    differences = [abs(math.log(ratio(one, other).value)) for one, other in baseline if one and other]
    return math.expm1(max(differences)) if differences else None


def geometric_mean_ratio(comparisons: list[Comparison]) -> Estimate:
    """Return the geometric mean of ratios over cells; each counts the same, and its noise widens the interval.

    What the cells have in common does not become smaller by their number.
    """
    logs = [each.difference for each in comparisons]
    centre = statistics.fmean(logs)
    if any(each.error is None for each in comparisons):
        return Estimate(math.exp(centre), None, None)
    own = sum(max(0.0, 2 * each.noise**2 / each.invocations - each.shared) for each in comparisons)
    in_common = sum(math.sqrt(each.shared) for each in comparisons)
    error = math.sqrt(own + in_common**2) / len(comparisons)
    return interval(centre, error, min(each.freedom for each in comparisons))
