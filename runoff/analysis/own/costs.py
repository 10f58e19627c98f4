# Run by the report (Python 3.9 upward).
"""What running a person's function takes on each interpreter: CPU seconds, memory, one more worker, start."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from runoff.analysis.cells.cell import Cell
from runoff.analysis.measured_cells import MeasuredCells
from runoff.records.record import OWN_FUNCTION

#: {what a worker is: the scenario in which more of them are added}
WORKERS = {"thread": "thread-pool", "process": "process-pool", "subinterpreter": "interpreter-pool"}


@dataclass(frozen=True)
class Costs:
    """One interpreter; None where the run does not say."""

    interpreter: str
    best: Cell
    cpu_s_per_1000: float | None
    memory_bytes: int
    #: {kind of worker: bytes that one more takes}
    one_more: dict[str, float]
    #: from the start of the process until the function is loaded, where calls are made one after another
    ready_s: float | None


def costs(cells: MeasuredCells, best: dict[str, Cell]) -> list[Costs]:
    """Return the costs of each interpreter, whose fastest cell is in ``best``."""
    of_work = cells.of_work(OWN_FUNCTION)
    found = []
    for label, cell in best.items():
        own = [each for each in of_work if each.interpreter == label]
        serial = next((each for each in own if each.scenario == "serial"), None)
        more = {kind: bytes_ for kind, name in WORKERS.items() if (bytes_ := _one_more(own, name)) is not None}
        ready = [(each["startup_ns"] + each["open_ns"]) / 1e9 for each in serial.invocations] if serial else []
        ready_s = statistics.median(ready) if ready else None
        found.append(Costs(label, cell, cell.cpu_s_per_1000, cell.peak_memory_bytes, more, ready_s))
    return found


def _one_more(cells: list[Cell], scenario: str) -> float | None:
    """Return the bytes that one more worker of ``scenario`` takes, between its smallest and its largest pool."""
    pools = sorted(
        (int(cell.parameters["concurrency"]), cell.peak_memory_bytes)
        for cell in cells
        if cell.scenario == scenario and cell.peak_memory_bytes
    )
    if len({size for size, _ in pools}) < 2:
        return None
    (fewest, less), (most, more) = pools[0], pools[-1]
    return max(0.0, (more - less) / (most - fewest))
