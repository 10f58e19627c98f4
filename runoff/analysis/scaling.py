# Run by the report (Python 3.9 upward).
"""Scaling as capacity: speed-up and efficiency over sizes, and what a fitted law says about larger machines.

Two references show a model's own overhead: the same work one task after another (serial), and the model itself with one
worker. With six or more sizes on real cores the Universal Scalability Law is fitted (Gunther, "Guerrilla Capacity
Planning", 2007): X(N) = X1 N / (1 + contention (N - 1) + coherence N (N - 1)).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy
from numpy.typing import NDArray

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import compare
from runoff.stats.intervals import Estimate

LEAST_POINTS = 6
DRAWS = 200  # of the parametric bootstrap behind the intervals
Numbers = NDArray[numpy.float64]
Key = tuple[str, str, str, int]  # task with its settings, interpreter, scenario without its size, batch
BySize = dict[Key, dict[int, Cell]]  # the cells of each, by size


@dataclass(frozen=True)
class Law:
    """A fitted law; ``residual`` is the typical distance of a point from the curve, as a share."""

    one: float  # X1, tasks per second
    contention: float
    coherence: float
    residual: float
    points: int
    #: parameters refitted to data drawn from the intervals: one row each, in the order above
    draws: Numbers

    @property
    def peak(self) -> float:
        """The N with the highest throughput; infinite where more never hurts."""
        if self.coherence <= 0:
            return math.inf
        return max(1.0, math.sqrt(max(0.0, 1 - self.contention) / self.coherence))

    def at(self, size: float) -> Estimate:
        """Return the tasks per second at N = ``size``, with a 95 % interval."""
        drawn = _law(size, *self.draws.T)
        low, high = numpy.percentile(drawn, [2.5, 97.5])
        return Estimate(float(_law(size, self.one, self.contention, self.coherence)), float(low), float(high))


def fit(samples: dict[int, list[float]], cores: int, seed: int = 0) -> Law | None:
    """Fit the law to {N: throughputs, one per invocation}; return None with fewer than six N on real cores.

    Points are weighted by the uncertainty of their means. For the intervals every mean is drawn again from its t
    distribution and the law fitted again. (A bootstrap over the few invocations of a point would be too narrow.)
    """
    real = {size: values for size, values in sorted(samples.items()) if size <= cores and values}
    if len(real) < LEAST_POINTS:
        return None
    sizes = numpy.array(list(real), dtype=float)
    logs = [numpy.log(values) for values in real.values()]
    means = numpy.array([each.mean() for each in logs])
    counts = numpy.array([len(each) for each in logs])
    errors = numpy.array([each.std(ddof=1) / math.sqrt(len(each)) if len(each) > 1 else 0.01 for each in logs])
    errors = numpy.maximum(errors, 1e-4)  # times without any noise must not make a weight infinite
    parameters = _fit(sizes, means, errors)
    residuals = means - numpy.log(_law(sizes, *parameters))
    # A curve that misses its points by more than their noise is uncertain by as much as it misses them.
    stretched = numpy.maximum(errors, math.sqrt(float(numpy.mean(residuals**2))))
    chance = numpy.random.default_rng(seed)
    fitted = numpy.log(_law(sizes, *parameters))
    draws = [
        _fit(sizes, fitted + stretched * chance.standard_t(numpy.maximum(counts - 1, 1)), errors, parameters)
        for _ in range(DRAWS)
    ]
    typical = math.expm1(math.sqrt(float(numpy.mean(residuals**2))))
    one, contention, coherence = (float(each) for each in parameters)
    return Law(one, contention, coherence, typical, len(real), numpy.array(draws))


def _law(
    size: float | Numbers, one: float | Numbers, contention: float | Numbers, coherence: float | Numbers
) -> Numbers:
    return numpy.asarray(one * size / (1 + contention * (size - 1) + coherence * size * (size - 1)))


def _fit(sizes: Numbers, logs: Numbers, errors: Numbers, start: Numbers | None = None) -> Numbers:
    """Return X1, contention and coherence, by least squares of logarithms in units of ``errors``; none is negative."""
    from scipy.optimize import least_squares  # here, since it takes long, and few runs have enough sizes for a law

    one, contention, coherence = (math.exp(logs[0]) / sizes[0], 0.01, 1e-4) if start is None else start

    def distance(given: Numbers) -> Numbers:
        return (numpy.log(_law(sizes, math.exp(given[0]), given[1], given[2])) - logs) / errors

    begin, bounds = (math.log(one), contention, coherence), ([-numpy.inf, 0, 0], [numpy.inf, 1, 1])
    found = least_squares(distance, begin, bounds=bounds, x_scale=[0.1, 0.01, 1e-4])
    return numpy.array([math.exp(found.x[0]), found.x[1], found.x[2]])


@dataclass(frozen=True)
class SpeedUp:
    """One size of a scenario, against the same work one task after another, and against one worker."""

    task: str
    interpreter: str
    scenario: str
    size: int
    cell: Cell
    over_serial: Estimate | None
    over_one: Estimate

    def per_core(self, cores: int) -> float:
        """Return which share of its speed with one worker each core used gives, of ``cores`` that there are."""
        return self.over_one.value / min(self.size, cores)


def of_several_sizes(cells: list[Cell]) -> BySize:
    """Return the cells of scenarios that were measured with one worker and with more."""
    groups: BySize = {}
    for cell in cells:
        if cell.ranked and "concurrency" in cell.parameters:
            key = (cell.task_with_settings, cell.interpreter, _way(cell), cell.batch)
            groups.setdefault(key, {})[cell.parameters["concurrency"]] = cell
    return {key: dict(sorted(sizes.items())) for key, sizes in groups.items() if len(sizes) > 1 and 1 in sizes}


def speed_ups(several: BySize, cells: list[Cell]) -> list[SpeedUp]:
    """Return a row for each size in ``several``; ``cells`` hold the serial ones."""
    serial = {
        (cell.task_with_settings, cell.interpreter, cell.batch): cell
        for cell in cells
        if cell.scenario == "serial" and cell.ranked
    }
    found = []
    for (task, label, scenario, batch), sizes in several.items():
        reference = serial.get((task, label, batch))
        for size, cell in sizes.items():
            over_serial = compare(cell, reference).ratio if reference else None
            found.append(SpeedUp(task, label, scenario, size, cell, over_serial, compare(cell, sizes[1]).ratio))
    return found


def laws(several: BySize, cores: int) -> dict[Key, Law]:
    """Return the laws of those in ``several`` to which one can be fitted."""
    return {
        key: law
        for key, sizes in several.items()
        if (law := fit({size: cell.throughputs for size, cell in sizes.items()}, cores)) is not None
    }


def _way(cell: Cell) -> str:
    """Return the scenario with its parameters but for the size: distributed[zmq+tcp, thread]."""
    return replace(cell, parameters={name: v for name, v in cell.parameters.items() if name != "concurrency"}).name
