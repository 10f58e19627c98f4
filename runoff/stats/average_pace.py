# Run by the driver and by the report (Python 3.9 upward): pure functions on one number per invocation.
"""Speeds as they would be at the machine's average pace.

A shared machine runs the same code at half the speed for a second or two, when a neighbour is busy. So each invocation
times a small fixed piece of work beside its iterations (harness/beside_iterations.py). How far a kind of cell follows
that pace is learnt from the invocations of its cells (analysis of covariance: Fisher 1932); code in C may not follow it
at all. Each speed is then moved to the average pace (the regression estimator of double sampling: Cochran, "Sampling
Techniques", 1977, chapter 12).

What an invocation's pace should have been is a sum of four parts. Three are fitted by least squares: its interpreter's
in its scenario, its kind's, and the time's. The fourth is its cell's own, such as the broker's work beside its client.
It is predicted from what the cell's starts have in common, as far as they differ less than cells do (best linear
unbiased prediction: Henderson, "Best linear unbiased estimation and prediction under a selection model", Biometrics 31,
1975). Only what is beyond the first two and the cell's own is taken out. So a cell that slows the machine down itself
does not gain by it, and an interpreter is not favoured that was started more often while the machine was fast.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray

#: Degrees of freedom from which on it is known how far a kind of cell follows the pace.
FEWEST = 4
#: No cell slows down by more than this power of what the work beside it does.
MOST = 1.5
LEAST = 1e-9  # a power of less is none
#: Invocations in a row that share one part for the time, at least; and how many such parts there are at most.
STRETCH = 16
STRETCHES = 64

_Logs = NDArray[numpy.float64]
_Numbers = NDArray[numpy.int64]


@dataclass(frozen=True)
class PacedStart:
    """One invocation: when it was (in seconds), the work's time beside it, and its speed.

    ``runner`` names its interpreter and scenario, ``kind`` its scenario and task.
    """

    runner: str
    kind: str
    cell: str
    at: float
    pace_ns: float
    speed: float


@dataclass(frozen=True)
class Even:
    """A speed at the average pace.

    ``variance`` is what moving it there adds to that of its logarithm; all starts of a cell share it.
    """

    speed: float
    variance: float


def even_out(starts: Sequence[PacedStart]) -> list[Even]:
    """Return the speed of each of ``starts`` at the average pace."""
    if not starts:
        return []
    speeds, paces = (numpy.log([getattr(each, name) for each in starts]) for name in ("speed", "pace_ns"))
    runners, kinds, cells = (
        numpy.unique([getattr(each, name) for each in starts], return_inverse=True)[1].astype(numpy.int64)
        for name in ("runner", "kind", "cell")
    )
    follows, errors, widened = (found[kinds] for found in _follows(speeds, paces, kinds, cells))
    beyond, variances = _beyond(paces, runners, kinds, cells, _stretches([each.at for each in starts]))
    variances = follows**2 * variances + errors * _means(beyond, cells) ** 2
    even = speeds + follows * beyond
    centres = _means(even, cells)
    even = centres + (even - centres) * widened
    return [Even(float(each), float(shared)) for each, shared in zip(numpy.exp(even), variances)]


def _follows(speeds: _Logs, paces: _Logs, kinds: _Numbers, cells: _Numbers) -> tuple[_Logs, _Logs, _Logs]:
    """Return for each kind the power of the pace that its speeds fall by, that power's variance, and a widening.

    They come from the differences within its cells. The power is 0 for a kind of which too little is known. It is
    shrunk by what chance explains of it: many kinds are fitted, and most follow hardly at all (James and Stein,
    "Estimation with quadratic loss", 1961, in its positive part). It is fitted to these cells, which costs one degree
    of freedom: the spread that it leaves is widened for that.
    """
    speeds, paces = speeds - _means(speeds, cells), paces - _means(paces, cells)
    products, squares = numpy.bincount(kinds, speeds * paces), numpy.bincount(kinds, paces**2)
    kind_of_cell = numpy.zeros(int(numpy.max(cells)) + 1, dtype=numpy.int64)
    kind_of_cell[cells] = kinds
    freedom = numpy.bincount(kinds) - numpy.bincount(kind_of_cell) - 1
    known = (freedom >= FEWEST) & (squares > 0)
    freedom, squares = numpy.where(known, freedom, 1), numpy.where(known, squares, 1.0)
    powers = numpy.where(known, numpy.minimum(-products / squares, MOST), 0.0)
    errors = numpy.bincount(kinds, (speeds + powers[kinds] * paces) ** 2) / freedom / squares
    share = numpy.clip(1 - errors / numpy.maximum(powers, LEAST) ** 2, 0.0, 1.0)
    powers, errors = powers * share, errors * share
    fitted = powers > 0
    return powers, numpy.where(fitted, errors, 0.0), numpy.where(fitted, numpy.sqrt(1 + 1 / freedom), 1.0)


def _stretches(times_s: list[float]) -> _Numbers:
    """Return for each time the number of its stretch: so many in a row have the same."""
    numbers = numpy.empty(len(times_s), dtype=numpy.int64)
    in_a_row = max(STRETCH, math.ceil(len(times_s) / STRETCHES))
    numbers[numpy.argsort(times_s, kind="stable")] = numpy.arange(len(times_s)) // in_a_row
    return numbers


def _means(values: _Logs, groups: _Numbers) -> _Logs:
    """Return for each value the mean of its group."""
    means: _Logs = (numpy.bincount(groups, values) / numpy.bincount(groups))[groups]
    return means


def _beyond(
    paces: _Logs, runners: _Numbers, kinds: _Numbers, cells: _Numbers, stretches: _Numbers
) -> tuple[_Logs, _Logs]:
    """Return what each pace is beyond its runner's, its kind's and its cell's own, and the variance of that."""
    of_kinds, of_time = (
        numpy.hstack([numpy.eye(int(numpy.max(groups)) + 1)[groups] for groups in some])
        for some in ((runners, kinds), (stretches,))
    )
    columns = numpy.hstack([of_kinds, of_time])
    parts, _, rank, _ = numpy.linalg.lstsq(columns, paces, rcond=None)
    times = of_time @ parts[-of_time.shape[1] :]
    left = paces - columns @ parts
    own, unknown = _own(left, cells, int(numpy.linalg.matrix_rank(of_kinds)))
    of_runner = float(left @ left) / max(1, len(paces) - int(rank)) / numpy.bincount(runners)[runners]
    return left - own + times - times.mean(), of_runner + unknown


def _own(left: _Logs, cells: _Numbers, rank: int) -> tuple[_Logs, _Logs]:
    """Return for each of ``left`` what is its cell's own, and the variance of that.

    Their variances are those of a one-way analysis of variance, of cells in which ``rank`` parts were fitted before.
    """
    counts = numpy.bincount(cells)
    means, starts = _means(left, cells), counts[cells]
    noise = float(((left - means) ** 2).sum()) / max(1, len(left) - len(counts))
    among = float((means**2).sum()) / max(1, len(counts) - rank)
    between = max(0.0, (among - noise) * len(counts) / len(left))
    of_noise = noise / starts
    if not between + noise:
        return numpy.zeros_like(left), of_noise
    share = between / (between + of_noise)
    return share * means, share * of_noise
