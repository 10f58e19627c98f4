# Run by the driver and by the report (Python 3.9 upward): pure functions on one number per invocation.
"""The spread of a cell that was started few times, moderated by what the other cells of its run show.

Two or three invocations say little of their own spread. Smyth ("Linear models and empirical Bayes methods for
assessing differential expression", 2004) takes the variances of all cells as drawn from one distribution, learns it
from them, and gives each cell the variance that its own sample and that distribution make likely together. Where cells
differ much in noise the distribution says little (few degrees of freedom), and each is left with its own: a noisy cell
is not called quiet because its neighbours are, as it is by plain pooling.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

import numpy
from scipy.special import digamma, polygamma

FEWEST = 10  # samples from which on their variances show a distribution
MOST_FREEDOM = 10.0  # what is learnt counts for no more: the cells of one run are no random sample of all cells
NEGLIGIBLE = 1e-5  # times the median variance: a smaller one is chance, or a clock that cannot resolve it
NEWTON_STEPS = 50


@dataclass(frozen=True)
class Prior:
    """What is known of a cell's variance (of logarithms) before it is measured, and its degrees of freedom."""

    variance: float
    freedom: float


def variance(sample: list[float], prior: Prior | None) -> tuple[float, float]:
    """Return the variance of the logarithms of ``sample``, moderated, with its degrees of freedom."""
    own, freedom = statistics.variance(math.log(value) for value in sample), len(sample) - 1
    if prior is None:
        return own, float(freedom)
    total = prior.freedom + freedom
    return (prior.freedom * prior.variance + freedom * own) / total, total


def learn(samples: Iterable[list[float]]) -> Prior | None:
    """Return the prior that ``samples`` show, each of one cell; None where too few have two values, or no noise."""
    usable = [sample for sample in samples if len(sample) > 1]
    if len(usable) < FEWEST:
        return None
    found = numpy.array([variance(sample, None)[0] for sample in usable])
    freedom = numpy.array([len(sample) - 1.0 for sample in usable])
    middle = float(numpy.median(found))
    if middle == 0.0:
        return None
    logs = numpy.log(numpy.maximum(found, NEGLIGIBLE * middle)) - digamma(freedom / 2) + numpy.log(freedom / 2)
    centre = float(logs.mean())
    # What the logarithms of the variances vary more than chance alone makes them; and, as that is itself uncertain, its
    # standard error: cells that are thought more alike than they are would be called different.
    squares = (logs - centre) ** 2
    beyond = float(squares.sum() / (len(logs) - 1) - polygamma(1, freedom / 2).mean())
    beyond += float(squares.std(ddof=1)) / math.sqrt(len(logs))
    learnt = MOST_FREEDOM if beyond <= 0.0 else min(MOST_FREEDOM, 2 * _inverse_trigamma(beyond))
    return Prior(math.exp(centre + float(digamma(learnt / 2)) - math.log(learnt / 2)), learnt)


def _inverse_trigamma(value: float) -> float:
    """Return the x of which the trigamma function is ``value``, by Newton's method as in Smyth's appendix."""
    x = 0.5 + 1 / value
    for _ in range(NEWTON_STEPS):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, x))
        x += step
        if abs(step) < 1e-8 * x:
            break
    return x
