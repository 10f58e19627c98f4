# Run by the driver and by the report (Python 3.9 upward): pure functions on one number per invocation.
"""The spread of a cell that was started few times, moderated by what the other cells of its run show.

Two or three invocations say little of their own spread. Smyth ("Linear models and empirical Bayes methods for
assessing differential expression", 2004) takes the variances of all cells as drawn from one distribution, learns it
from them, and gives each cell the variance that its own sample and that distribution make likely together. Where cells
differ much in noise the distribution says little (few degrees of freedom), and each is left with its own: a noisy cell
is not called quiet because its neighbours are, as it is by plain pooling. Cells of one kind (one task) are more alike
than others, so each kind has its own middle of that distribution (as a trend in limma: Sartor et al. 2006).
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
    logs, freedom = [math.log(value) for value in sample], len(sample) - 1
    centre = math.fsum(logs) / len(logs)  # as statistics.variance, which takes twenty times as long, in a racing loop
    own = math.fsum((each - centre) ** 2 for each in logs) / freedom
    if prior is None:
        return own, float(freedom)
    total = prior.freedom + freedom
    return (prior.freedom * prior.variance + freedom * own) / total, total


def learn(samples: Iterable[tuple[str, list[float]]]) -> dict[str, Prior]:
    """Return {kind: the prior that cells of this kind show}, from ``samples``: each is one cell's kind and values.

    Return nothing where too few cells have two values, or no noise.
    """
    usable = [(kind, variance(sample, None)) for kind, sample in samples if len(sample) > 1]
    middle = statistics.median(found for _, (found, _) in usable) if usable else 0.0
    if len(usable) < FEWEST or middle == 0.0:
        return {}
    freedom = numpy.array([each for _, (_, each) in usable])
    found = numpy.maximum([each for _, (each, _) in usable], NEGLIGIBLE * middle)
    logs = numpy.log(found) - digamma(freedom / 2) + numpy.log(freedom / 2)
    kinds, of_kind = numpy.unique([kind for kind, _ in usable], return_inverse=True)
    if len(usable) - len(kinds) < FEWEST - 1:  # too few to tell kinds apart
        of_kind = numpy.zeros_like(of_kind)
    # Two values say far less of their spread than five: each cell counts by how certain its own is.
    sampling = polygamma(1, freedom / 2)
    weights = 1 / (1 + sampling)
    weights *= len(logs) / weights.sum()
    sizes = numpy.bincount(of_kind, weights)
    means = numpy.bincount(of_kind, weights * logs) / sizes
    # What the logarithms of the variances vary more than chance alone makes them; and, as that is itself uncertain, its
    # standard error: cells that are thought more alike than they are would be called different.
    squares = weights * (logs - means[of_kind]) ** 2 * len(logs) / (len(logs) - len(sizes))
    chance = float((weights * sampling).mean())
    beyond = float(squares.mean() + squares.std(ddof=1) / math.sqrt(len(logs))) - chance
    # The mean of a kind with few cells is itself uncertain, and is drawn to that of all cells.
    errors = max(chance, float(squares.mean())) / sizes
    between = max(0.0, float(means.var(ddof=1) - errors.mean())) if len(sizes) > 1 else 0.0
    own = between / (between + errors)
    centres = own * means + (1 - own) * float((weights * logs).mean())
    priors = [_prior(float(centre), beyond + float(error)) for centre, error in zip(centres, own * errors)]
    return {kind: priors[at] for (kind, _), at in zip(usable, of_kind)}


def _prior(centre: float, beyond: float) -> Prior:
    """Return the prior of variances whose logarithms have the mean ``centre`` and the variance ``beyond``."""
    freedom = MOST_FREEDOM if beyond <= 0.0 else min(MOST_FREEDOM, 2 * _inverse_trigamma(beyond))
    return Prior(math.exp(centre + float(digamma(freedom / 2)) - math.log(freedom / 2)), freedom)


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
