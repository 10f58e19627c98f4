# Run by the report (Python 3.9 upward).
"""The guarantees of each transport and their cost: its speed beside the same work through queues in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runoff.analysis import latency
from runoff.analysis.cells.cell import FOR_CURVES, Cell
from runoff.analysis.cells.comparing import best_of, compare
from runoff.analysis.claims import limits
from runoff.analysis.measured_cells import of_main_works
from runoff.analysis.sweep_lines import swept
from runoff.common.loose import Data
from runoff.stats.significance import Comparison

CONTROL = "memory"  # the control group: the same session and workers, without a wire
NO_PROMISE = "no promise"


@dataclass(frozen=True)
class Row:
    """The best cell of one interpreter over one transport at one work, against its best over CONTROL."""

    cell: Cell
    over_memory: Comparison | None
    over_serial: Comparison | None


def promised(cell: Cell) -> list[str]:
    """Return the guarantees of a cell's transport, or a word for workers without guarantees."""
    if cell.guarantees:
        return cell.guarantees
    return [NO_PROMISE] if any(each.get("guarantees") == [] for each in cell.invocations) else []


def balance(cell: Cell) -> list[float | None] | None:
    """Return the busiest worker's answers over the mean of all, with its interval; None without several workers."""
    found = limits.imbalance(cell)
    return found.as_list if found else None


def rows(cells: list[Cell]) -> Iterator[Row]:
    """Return a row per task, interpreter, interpreter of the workers, transport and its guarantees.

    A queue in memory is not compared with one on disk. Of each task it is the main work; what has a curve of its own is
    left to that.
    """
    curves = {id(cell) for line in swept(cells, "payload_bytes").values() for cell in line.values()}
    own = [cell for cell in cells if cell.transport and cell.task not in FOR_CURVES and id(cell) not in curves]
    places: dict[tuple[str, ...], list[Cell]] = {}
    for cell in of_main_works(own):
        workers = str(cell.parameters.get("worker_interpreter", ""))
        place = (cell.work, cell.interpreter, workers, cell.transport, ", ".join(promised(cell)))
        places.setdefault(place, []).append(cell)
    best = {place: best_of(of_place) for place, of_place in places.items()}
    controls = {place[:3]: cell for place, cell in best.items() if place[3] == CONTROL}
    serial = {(cell.work, cell.interpreter): cell for cell in cells if cell.scenario == "serial" and cell.ranked}
    works = list(dict.fromkeys(work for work, *_ in best))
    for (work, label, workers, transport, _), cell in sorted(best.items(), key=lambda item: works.index(item[0][0])):
        control = controls.get((work, label, workers))
        alone = serial.get((work, label))
        yield Row(
            cell,
            compare(cell, control) if control and transport != CONTROL else None,
            compare(cell, alone) if alone and cell.ranked else None,
        )


def content(cells: list[Cell], driven: list[Cell], ids: dict[int, int]) -> Data:
    """Return the page's data: every transport's guarantees, a line per row, one per load of ``driven`` cells."""
    promises = {called(cell): promised(cell) for cell in [*cells, *driven] if promised(cell)}
    return {
        "promises": promises,
        "words": list(dict.fromkeys(word for words in promises.values() for word in words if word != NO_PROMISE)),
        "rows": [
            {
                "interpreter": row.cell.interpreter,
                "transport": row.cell.transport,
                "workers": row.cell.parameters.get("worker_interpreter", ""),
                "work": row.cell.work,
                "name": row.cell.name,
                "cell": ids[id(row.cell)],
                "throughput": row.cell.throughput.as_list if row.cell.ranked else None,
                "over_memory": row.over_memory.ratio.as_list if row.over_memory else None,
                "over_serial": row.over_serial.ratio.as_list if row.over_serial else None,
                "balance": balance(row.cell),
            }
            for row in rows(cells)
        ],
        "latencies": [
            {
                "interpreter": cell.interpreter,
                "transport": cell.transport,
                "work": cell.task_with_settings,
                "name": cell.name,
                "cell": ids[id(cell)],
                **latency.in_words(row),
            }
            for cell in driven
            if cell.transport
            for row in latency.of_cell(cell)
        ],
    }


def called(cell: Cell) -> str:
    """Return the name of a cell's transport, or its scenario, with the guarantees that it could have but lacks."""
    return (cell.transport or cell.scenario) + (", in memory" if cell.parameters.get("durable") is False else "")
