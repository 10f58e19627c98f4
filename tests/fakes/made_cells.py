# Run by pytest (Python 3.9 upward).
"""Cells with the latencies, sizes and transports that a test gives, for findings and for their tables."""

from __future__ import annotations

import numpy

from runoff.analysis import scaling
from runoff.analysis.cells.cell import Cell
from runoff.analysis.measured_cells import MeasuredCells
from runoff.stats import histogram
from runoff.stats.steady_state import SETTLED, Steadiness
from tests.helpers import runs
from tests.helpers.exact_runs import measured, run_of

ONE = "cpython-3.13"
PROMISED = ["answered", "resent"]
SIZES = (1, 2, 3, 4, 6, 8, 12, 16)
MS = 10**6


def part(latencies_ms, late_ms=0.01, load=70):
    count = len(latencies_ms)
    return histogram.from_reply(
        {
            "load": load,
            "capacity": 200.0,
            "rate": 140.0,
            "sent": count,
            "wall_ns": 10**9,
            "latencies_ns": [int(value * MS) for value in latencies_ms],
            "late_ns": [int(late_ms * MS)] * count,
        }
    )


def of_latencies(*invocations):
    found = Cell("cpython-3.13", "thread-pool", "io", 16, {"loads": [70], "seconds": 5}, "ok")
    found.invocations = [{"latency": list(parts)} for parts in invocations]
    return found


def by_law(
    contention: float, coherence: float, seed: int = 1, noise: float = 0.02, sizes=SIZES
) -> dict[int, list[float]]:
    chance = numpy.random.default_rng(seed)
    truth = {size: float(scaling._law(size, 100.0, contention, coherence)) for size in sizes}
    return {size: list(true * numpy.exp(noise * chance.standard_normal(5))) for size, true in truth.items()}


def of_speed(scenario: str, seconds: float, **parameters) -> Cell:
    found = Cell("cpython-3.13", scenario, "python", 10, parameters, "ok")
    for extra in (0.99, 1.0, 1.01):
        found.invocations.append({"batch": found.batch, "iterations_ns": [int(seconds * extra * 1e9)] * 7})
        found.steadiness.append(Steadiness(SETTLED, 4))
    return found


def wired(transport, task="noop", batch=100, label=ONE, **parameters):
    return runs.cell(label, "distributed", task, batch, transport=transport, **parameters)


def cells_of(folder, *rows):
    """``rows``: (cell, seconds of a batch, further fields)."""
    records = [each for planned, seconds, more in rows for each in measured(planned, seconds, seconds, **more)]
    return MeasuredCells.of(run_of(folder, [planned for planned, *_ in rows], records)).measured
