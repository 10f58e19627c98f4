# Run by nox -s calibrate and by the tests (Python 3.9 upward): pure functions of a seed.
"""Invocations made up with known truth: what the verdicts and classes say of them can be counted as right or wrong."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy
from numpy.random import Generator
from numpy.typing import NDArray

from runoff.stats import change_points, significance, steady_state

ITERATION_NS = 50e6
BETWEEN = 0.02  # standard deviation of one invocation's mean from the next one's: layout, hash seed, memory
WITHIN = 0.01  # and of an iteration from the next
WARM = 6  # iterations after the cold one, as in the quick profile
SPIKES = 0.03  # share of iterations that something interrupts
SPIKE = (1.1, 3.0)  # and how many times longer it takes them

#: Each pair is two programs, each of them its invocations, each of them its times in nanoseconds.
Pairs = list[tuple[list[list[int]], list[list[int]]]]


@dataclass(frozen=True)
class Count:
    """``hits`` of ``trials``."""

    hits: int
    trials: int

    @property
    def share(self) -> float:
        return self.hits / self.trials


def iterations(chance: Generator, count: int, factor: float = 1.0, within: float = WITHIN) -> NDArray[numpy.float64]:
    """Nanoseconds of ``count`` warm iterations around ``factor`` times the usual."""
    return ITERATION_NS * factor * numpy.exp(within * chance.standard_normal(count))


def invocation(chance: Generator, factor: float = 1.0, between: float = BETWEEN) -> list[int]:
    """The times of one invocation of the quick profile, the cold one first and twice as long."""
    mean = factor * math.exp(between * chance.standard_normal())
    return _with_cold(iterations(chance, WARM, mean))


def _with_cold(warm: NDArray[numpy.float64]) -> list[int]:
    return [int(2 * ITERATION_NS), *(int(time_ns) for time_ns in warm)]


def throughputs(invocations: list[list[int]]) -> list[float]:
    """Iterations per second, one number per invocation: the report's own way."""
    return [1e9 / steady_state.summary_ns(times, steady_state.classify(times, 0.0)) for times in invocations]


def pair(
    chance: Generator, n: int, factor: float = 1.0, between: float = BETWEEN
) -> tuple[list[list[int]], list[list[int]]]:
    """Two programs of ``n`` invocations; the second one takes ``factor`` times as long."""
    return [invocation(chance, 1.0, between) for _ in range(n)], [invocation(chance, factor, between) for _ in range(n)]


def verdict(one: list[list[int]], other: list[list[int]]) -> str:
    return significance.verdicts([significance.compare(throughputs(one), throughputs(other))])[0]


def intervals_without_one(pairs: Pairs) -> Count:
    """The interval alone, which a verdict of "equivalent" may overrule: in how many of ``pairs`` does it exclude 1?"""
    found = [significance.ratio(throughputs(one), throughputs(other)) for one, other in pairs]
    return Count(sum(not (each.low or 0) <= 1 <= (each.high or math.inf) for each in found), len(pairs))


def called_different(pairs: Pairs) -> Count:
    """How many of these pairs are called faster or slower."""
    return Count(sum(verdict(*each) in (significance.FASTER, significance.SLOWER) for each in pairs), len(pairs))


def found_with_the_n_asked_for(chance: Generator, noise: float, trials: int, pilot: int = 5) -> tuple[Count, int]:
    """A true difference of 5 %: found with the number of invocations that a pilot run of equal programs asked for?
    And the median of that number."""
    hits, asked = 0, []
    for _ in range(trials):
        one, other = (throughputs(side) for side in pair(chance, pilot, 1.0, noise))
        needed = significance.invocations_needed(significance.compare(one, other))
        asked.append(needed)
        hits += verdict(*pair(chance, needed, 1 + significance.EQUIVALENT, noise)) == significance.FASTER
    return Count(hits, trials), int(numpy.median(asked))


def warm_ups_found(chance: Generator, planted: int, trials: int, run: int = 60, factor: float = 1.5) -> Count:
    """Runs whose first ``planted`` warm iterations take ``factor`` times as long: called a warm-up that ends there, or
    up to a smallest segment later?"""
    hits = 0
    for _ in range(trials):
        warm = iterations(chance, run)
        warm[:planted] *= factor
        found = steady_state.classify(_with_cold(warm))
        latest = 1 + max(planted, change_points.SMALLEST_SEGMENT) + change_points.SMALLEST_SEGMENT
        hits += found.kind == steady_state.WARM_UP and found.start is not None and 1 + planted <= found.start <= latest
    return Count(hits, trials)


def flat_misread(chance: Generator, trials: int, run: int = 60, spikes: float = SPIKES) -> Count:
    """Runs that stand still but for ``spikes`` of their iterations: called anything but flat?"""
    wrong = sum(
        steady_state.classify(_with_cold(_spiked(chance, run, spikes))).kind != steady_state.FLAT for _ in range(trials)
    )
    return Count(wrong, trials)


def flat_misread_without_filter(chance: Generator, trials: int, run: int = 60, spikes: float = SPIKES) -> Count:
    """The same runs by PELT alone: change points where there are none."""
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
