# Run by the driver (Python 3.9 upward).
"""What the latency rows of a run say of a wire: the way there and back, and how service times vary.

At every load the mean and the p90 of the latencies are known (a few seconds carry no p99), and queueing.py says what
they are for a way, a scv and what a task costs more when it comes by itself than in the closed loop, where tasks share
messages. These three are fitted to the rows. The highest load takes no part, so that the simulation can be checked
there, as it can at every p99.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy
from scipy import optimize

from runoff.analysis import latency
from runoff.analysis.cells.cell import Cell
from runoff.capacity import queueing
from runoff.records.schema import Load
from runoff.stats import histogram

#: Beyond this share of the capacity a few seconds are too short for a mean wait.
CALM = 0.9
UNKNOWN_SCV = 1.0
MOST_SCV = 9.0
SHARE = 0.9


@dataclass(frozen=True)
class Driven:
    """One invocation at one load. ``service_s``: of a server, by what the closed loop before it found."""

    load: str
    rate: float
    servers: int
    service_s: float
    sent: int
    latencies: str

    def busy(self, more_s: float = 0.0) -> float:
        """Return the share of its time for which a server is busy, if a task takes ``more_s`` longer."""
        return self.rate * (self.service_s + more_s) / self.servers


@dataclass(frozen=True)
class Wire:
    """``way_s``: there and back, without the service; ``fitted``: the loads that say so; scv: see queueing.py.

    ``single_s``: what a task by itself costs a worker more than one of many. ``task``: of the rows, in words.
    """

    way_s: float
    single_s: float
    scv: float
    fitted: tuple[str, ...]
    task: str
    rows: tuple[Driven, ...]


def slots(cell: Cell) -> int:
    """Return how many tasks the workers of ``cell`` run at once, all together."""
    return int(cell.parameters.get("concurrency", 1)) * int(cell.parameters.get("worker_concurrency", 1))


def of_cells(cells: Iterable[Cell], task: str) -> Wire | None:
    """Return what the driven ``cells`` of one interpreter and transport say; None where they say nothing.

    Rows of ``task``, in words, count more than others, then those with more loads.
    """
    found = [(cell.task_with_settings == task, len({row.load for row in rows}), rows, cell.task_with_settings)
             for cell in cells if (rows := _rows(cell))]  # fmt: skip
    if not found:
        return None
    _, _, rows, described = max(found, key=lambda each: each[:2])
    return fit(rows, described)


def fit(rows: list[Driven], task: str) -> Wire:
    """Fit a wire to ``rows`` but those of the highest load; with one load alone nothing is known of the variation."""
    loads = list(dict.fromkeys(row.load for row in sorted(rows, key=lambda row: row.busy())))
    kept = loads[:-1] if len(loads) > 1 else loads
    calm = [row for row in rows if row.load in kept and row.busy() < CALM] or [min(rows, key=lambda row: row.busy())]
    fitted = tuple(load for load in loads if load in {row.load for row in calm})
    seen = numpy.log([value for row in calm for value in _seen(row)])
    shortest_s = min(row.service_s for row in calm)

    def distance(given: Iterable[float]) -> numpy.typing.NDArray[numpy.float64]:
        way_s, single_s, scv = (each * unit for each, unit in zip(given, units))
        return numpy.log([value for row in calm for value in _expected(row, way_s, single_s, scv)]) - seen

    # In units of their own size: a way and a share of the shortest service, and the scv.
    units = (shortest_s, shortest_s, 1.0)
    most_single = (1 / max(row.busy() for row in calm) - 1) * 0.9
    if len(fitted) > 1:
        found = optimize.least_squares(
            distance, [0.1, min(0.01, most_single / 2), 0.5], bounds=([0, 0, 0], [numpy.inf, most_single, MOST_SCV])
        ).x
    else:
        found = [*optimize.least_squares(lambda way: distance([*way, 0, UNKNOWN_SCV]), [0.1], bounds=(0, numpy.inf)).x,
                 0, UNKNOWN_SCV]  # fmt: skip
    way_s, single_s, scv = (float(each * unit) for each, unit in zip(found, units))
    return Wire(way_s, single_s, scv, fitted, task, tuple(rows))


def _seen(row: Driven) -> tuple[float, float]:
    """Return the mean and the p90 of the latencies in seconds."""
    times = histogram.merged([row.latencies])
    return times.get_mean_value() / 1e9, times.get_value_at_percentile(100 * SHARE) / 1e9


def _expected(row: Driven, way_s: float, single_s: float, scv: float) -> tuple[float, float]:
    """Return the mean and the p90 that the closed forms say."""
    service_s, busy = row.service_s + single_s, row.busy(single_s)
    mean_s = way_s + service_s + queueing.mean_wait(row.servers, busy, service_s, scv)
    return mean_s, way_s + queueing.response_quantile(SHARE, row.servers, busy, service_s, scv)


def _rows(cell: Cell) -> list[Driven]:
    return [
        Driven(
            latency.load_text(part),
            part["rate"],
            slots(cell),
            slots(cell) / part["capacity"],
            part["sent"],
            part["latencies"],
        )
        for each in cell.invocations
        for part in each["latency"] or ()
        if _usable(part)
    ]


def _usable(part: Load) -> bool:
    return bool(part["sent"]) and not latency.is_void(part)
