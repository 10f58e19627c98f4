# Run by nox -s calibrate and by the tests (Python 3.9 upward): pure functions of a seed.
"""Simulated invocations with known truth, for which verdicts and classes can be counted as right or wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
from numpy.random import Generator
from numpy.typing import NDArray

from runoff.stats import change_points, significance, steady_state

ITERATION_NS = 50e6
BETWEEN = 0.02  # standard deviation of the means of invocations: layout, hash seed, memory
WITHIN = 0.01  # standard deviation of the iterations in one invocation
WARM = 6  # iterations after the cold one, as in the quick profile
SPIKES = 0.03  # share of iterations with a spike
SPIKE = (1.1, 3.0)  # range of the factor by which a spike is longer

#: A pair is two programs, a program is its invocations, an invocation its times in nanoseconds.
Pairs = list[tuple[list[list[int]], list[list[int]]]]


@dataclass(frozen=True)
class Count:
    """A count of ``hits`` in ``trials``."""

    hits: int
    trials: int

    @property
    def share(self) -> float:
        """The hits divided by the trials."""
        return self.hits / self.trials

    def plus(self, other: Count) -> Count:
        """Add two counts of the same thing."""
        return Count(self.hits + other.hits, self.trials + other.trials)


def iterations(chance: Generator, count: int, factor: float = 1.0, within: float = WITHIN) -> NDArray[numpy.float64]:
    """Draw ``count`` warm iterations in nanoseconds, around ``factor`` times ITERATION_NS."""
    return ITERATION_NS * factor * numpy.exp(within * chance.standard_normal(count))


def invocation(chance: Generator, factor: float = 1.0, between: float = BETWEEN) -> list[int]:
    """Draw the times of one invocation of the quick profile, the cold one first and twice as long."""
    mean = factor * math.exp(between * chance.standard_normal())
    return _with_cold(iterations(chance, WARM, mean))


def _with_cold(warm: NDArray[numpy.float64]) -> list[int]:
    return [int(2 * ITERATION_NS), *(int(time_ns) for time_ns in warm)]


def throughputs(invocations: list[list[int]]) -> list[float]:
    """Return the iterations per second of each invocation, computed as in a report."""
    return [1e9 / steady_state.summary_ns(times, steady_state.classify(times, 0.0)) for times in invocations]


def pair(
    chance: Generator, n: int, factor: float = 1.0, between: float = BETWEEN
) -> tuple[list[list[int]], list[list[int]]]:
    """Draw two programs of ``n`` invocations; the second takes ``factor`` times as long."""
    return [invocation(chance, 1.0, between) for _ in range(n)], [invocation(chance, factor, between) for _ in range(n)]


def verdict(one: list[list[int]], other: list[list[int]]) -> str:
    """Return the report's verdict on two programs."""
    return significance.verdicts([significance.compare(throughputs(one), throughputs(other))])[0]


def intervals_without_one(pairs: Pairs) -> Count:
    """Count the pairs whose interval excludes 1, whatever the verdict is."""
    ratios = [significance.ratio(throughputs(one), throughputs(other)) for one, other in pairs]
    return Count(sum(not (ratio.low or 0) <= 1 <= (ratio.high or math.inf) for ratio in ratios), len(pairs))


def called_different(pairs: Pairs) -> Count:
    """Count the pairs with the verdict faster or slower."""
    return Count(sum(verdict(*each) in (significance.FASTER, significance.SLOWER) for each in pairs), len(pairs))


def found_with_the_n_asked_for(chance: Generator, noise: float, trials: int, pilot: int = 5) -> tuple[Count, int]:
    """Count how often a true difference of 5 % is found with as many invocations as a pilot run recommends.

    The pilot compares equal programs of ``pilot`` invocations. Return the count and the median recommendation.
    """
    hits, asked = 0, []
    for _ in range(trials):
        one, other = (throughputs(side) for side in pair(chance, pilot, 1.0, noise))
        needed = significance.invocations_needed(significance.compare(one, other))
        asked.append(needed)
        hits += verdict(*pair(chance, needed, 1 + significance.EQUIVALENT, noise)) == significance.FASTER
    return Count(hits, trials), int(numpy.median(asked))


def warm_ups_found(chance: Generator, planted: int, trials: int, run: int = 60, factor: float = 1.5) -> Count:
    """Count the runs with a planted warm-up that are classified so.

    The first ``planted`` warm iterations take ``factor`` times as long. The reported end must be there, or up to one
    smallest segment later.
    """
    hits = 0
    for _ in range(trials):
        warm = iterations(chance, run)
        warm[:planted] *= factor
        found = steady_state.classify(_with_cold(warm))
        latest = 1 + max(planted, change_points.SMALLEST_SEGMENT) + change_points.SMALLEST_SEGMENT
        hits += found.kind == steady_state.WARM_UP and found.start is not None and 1 + planted <= found.start <= latest
    return Count(hits, trials)


def flat_misread(chance: Generator, trials: int, run: int = 60, spikes: float = SPIKES) -> Count:
    """Count the flat runs, with a share ``spikes`` of spikes, that are not classified as flat."""
    wrong = sum(
        steady_state.classify(_with_cold(_spiked(chance, run, spikes))).kind != steady_state.FLAT for _ in range(trials)
    )
    return Count(wrong, trials)


def flat_misread_without_filter(chance: Generator, trials: int, run: int = 60, spikes: float = SPIKES) -> Count:
    """Count the same runs in which PELT alone finds change points."""
    wrong = 0
    for _ in range(trials):
        warm = _spiked(chance, run, spikes)
        wrong += len(change_points.find(list(warm / numpy.median(warm)))) > 1
    return Count(wrong, trials)


def _spiked(chance: Generator, run: int, spikes: float) -> NDArray[numpy.float64]:
    warm = iterations(chance, run)
    hit = chance.random(run) < spikes
    warm[hit] *= chance.uniform(*SPIKE, int(hit.sum()))
    return warm
