# Run by the driver and by the report (Python 3.9 upward): pure functions on one number per invocation.
"""What the cells of a run show of the noise of each kind of cell; a kind is a task and a scenario.

A cell's variance (of logarithms) is drawn from a scaled inverse chi-squared distribution (Smyth, "Linear models and
empirical Bayes methods for assessing differential expression", 2004). The logarithm of its scale is a sum of three
effects: of the run, of the task, of the scenario. Those of tasks are drawn to their middle as far as tasks are alike,
and those of scenarios likewise (random effects: Laird and Ware 1982).

Smyth takes moments of the logarithms of variances. Those of two values scatter so widely that a hundred cells hardly
show how alike they are. Here the likelihood is maximised by scoring, and the effects are integrated out by Laplace's
approximation (Tierney and Kadane 1986).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray
from scipy.special import digamma, gammaln, polygamma

from runoff.stats import moderated
from runoff.stats.moderated import Prior

CellKind = tuple[str, str]  # a task and a scenario
_Floats = NDArray[numpy.float64]

FEWEST = 10  # cells with two values, from which on their variances show a distribution
#: The degrees of freedom tried. There are no more: the cells of one run are no random sample of all cells.
FREEDOMS = numpy.geomspace(0.5, 10.0, 10)
ROUNDS = 15  # of scoring
LARGEST_STEP = 1.0  # of an effect in one round
#: Degrees of freedom of a prior, and the variance that the logarithm of a cell's variance has by them (Smyth 2004).
_TABLE = numpy.geomspace(0.1, FREEDOMS[-1], 500)
_SPREADS = polygamma(1, _TABLE / 2)


@dataclass(frozen=True)
class _Fits:
    """What each of FREEDOMS makes of the variances; the first axis of each array is that of FREEDOMS."""

    log_likelihoods: _Floats
    #: of the run, of each task, of each scenario
    effects: _Floats
    covariances: _Floats


def learn(samples: Iterable[tuple[CellKind, list[float]]]) -> dict[CellKind, Prior]:
    """Return {kind: what is known of the noise of its cells}, from ``samples``: each is one cell's kind and values.

    A kind of which no cell has two values is known by its task and its scenario. Return nothing where too few cells
    have two values, or no noise.
    """
    cells = list(samples)
    usable = [(kind, *moderated.variance(sample, None)) for kind, sample in cells if len(sample) > 1]
    if len(usable) < FEWEST or statistics.median(variance for _, variance, _ in usable) == 0.0:
        return {}
    kinds = list(dict.fromkeys(kind for kind, _ in cells))
    tasks, scenarios = (list(dict.fromkeys(names)) for names in zip(*kinds))
    groups = numpy.repeat([0, 1, 2], [1, len(tasks), len(scenarios)])

    def design(of_kinds: Iterable[CellKind]) -> _Floats:
        """Return which effects each kind has: 1 or 0, kinds x effects."""
        return numpy.array(
            [
                [1.0, *(task == each for each in tasks), *(scenario == each for each in scenarios)]
                for task, scenario in of_kinds
            ]
        )

    seen, variances, freedoms = zip(*usable)
    fits = _fit(numpy.array(variances), numpy.array(freedoms), design(seen), groups)
    return dict(zip(kinds, _priors(*_over_all(fits, design(kinds)))))


def _over_all(fits: _Fits, design: _Floats) -> tuple[_Floats, _Floats]:
    """Return the mean and the variance of the logarithm of a cell's variance, for each row of ``design``.

    They are those over all of FREEDOMS, each weighted by its likelihood.
    """
    half = FREEDOMS[:, None] / 2
    means = fits.effects @ design.T + numpy.log(half) - digamma(half)
    spreads = polygamma(1, half) + (design @ fits.covariances * design).sum(axis=2)
    weights = numpy.exp(fits.log_likelihoods - numpy.max(fits.log_likelihoods))
    weights /= weights.sum()
    mean = weights @ means
    return mean, weights @ (spreads + (means - mean) ** 2)


def _fit(variances: _Floats, freedoms: _Floats, design: _Floats, groups: NDArray[numpy.int64]) -> _Fits:
    """Fit the effects that ``design`` names, for each of FREEDOMS; ``groups``: 0 the run, 1 tasks, 2 scenarios."""
    tried = FREEDOMS[:, None]
    effects = numpy.zeros((len(FREEDOMS), design.shape[1]))
    effects[:, 0] = math.log(statistics.median(variances.tolist()))
    drawn = groups > 0  # to their middle; the run has no other to be drawn to
    between = numpy.ones((len(FREEDOMS), 3))  # how much the effects of each group vary
    members = numpy.equal.outer(groups, [0, 1, 2]) / numpy.bincount(groups)
    # What each variance says of the logarithm of its scale (Fisher's information).
    information = freedoms * tried / (freedoms + tried + 2) / 2
    crossed = design.T @ (information[:, :, None] * design)
    for _ in range(ROUNDS):
        precision = numpy.where(drawn, 1 / between[:, groups], 0.0)
        covariances = numpy.linalg.inv(crossed + precision[:, :, None] * numpy.eye(len(groups)))
        odds = _odds(variances, freedoms, design, effects)
        slopes = ((freedoms + tried) * odds / (1 + odds) - freedoms) / 2
        step = (covariances @ (slopes @ design - precision * effects)[:, :, None])[:, :, 0]
        effects += step.clip(-LARGEST_STEP, LARGEST_STEP)
        squares = effects**2 + covariances.diagonal(axis1=1, axis2=2)
        between = squares @ members
    scales = effects @ design.T
    log_likelihoods = (
        gammaln((freedoms + tried) / 2)
        - gammaln(tried / 2)
        - (numpy.log(tried) + scales) * freedoms / 2
        - numpy.log1p(_odds(variances, freedoms, design, effects)) * (freedoms + tried) / 2
    ).sum(axis=1)
    # Laplace's approximation: how likely the drawn effects are, and how well all are known.
    likely = numpy.log(precision[:, drawn]) - precision[:, drawn] * effects[:, drawn] ** 2
    log_likelihoods += (likely.sum(axis=1) + numpy.linalg.slogdet(covariances)[1]) / 2
    return _Fits(log_likelihoods, effects, covariances)


def _odds(variances: _Floats, freedoms: _Floats, design: _Floats, effects: _Floats) -> _Floats:
    """Return how large each variance is against its scale, by degrees of freedom."""
    odds: _Floats = freedoms * variances / (FREEDOMS[:, None] * numpy.exp(effects @ design.T))
    return odds


def _priors(means: _Floats, spreads: _Floats) -> list[Prior]:
    """Return the priors of variances whose logarithms have these means and these variances."""
    freedoms = numpy.interp(-spreads, -_SPREADS, _TABLE)
    scales = numpy.exp(means + digamma(freedoms / 2) - numpy.log(freedoms / 2))
    return [Prior(*pair) for pair in zip(scales.tolist(), freedoms.tolist())]
