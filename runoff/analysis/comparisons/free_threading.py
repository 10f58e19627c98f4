# Run by the report (Python 3.9 upward).
"""What a build without the GIL costs on one thread, and what it gains on many: both in one row of each task."""

from __future__ import annotations

from dataclasses import dataclass

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import best_of, compare
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.wording import times
from runoff.records.schema import Header
from runoff.stats.intervals import Estimate

SERIAL, THREADED = "serial", ("threads", "thread-pool")


@dataclass(frozen=True)
class Row:
    """One free-threaded build at one task, against a build with the GIL."""

    task: str
    build: str
    partner: str
    scenario: str
    #: how much of its speed on one thread is left
    price: Estimate
    #: what threads make of its own serial speed
    gain: Estimate
    partners_gain: Estimate | None
    #: the best with threads over the best that the partner has
    together: Estimate


def in_words(cells: MeasuredCells) -> list[str]:
    """Return the rows as sentences."""
    return [
        f"{row.build} against {row.partner}, {row.task}: one thread {times(row.price)}, {row.scenario} "
        f"{times(row.gain)} of its serial, {times(row.together)} of the other's best"
        for row in rows(cells)
    ]


def rows(cells: MeasuredCells) -> list[Row]:
    """Return a row for each free-threaded build and task where its serial, its threads and its partner all rank."""
    found = []
    for build in cells.labels:
        partner = _partner(build, cells.header)
        if partner is None:
            continue
        for task, work in cells.works.items():
            ranked = [cell for cell in cells.of_work(work) if cell.ranked]
            own = [cell for cell in ranked if cell.interpreter == build]
            others = [cell for cell in ranked if cell.interpreter == partner]
            serial, threaded = _best(own, SERIAL), _best(own, *THREADED)
            reference, also_threaded = _best(others, SERIAL), _best(others, *THREADED)
            if serial and threaded and reference:
                found.append(
                    Row(
                        task,
                        build,
                        partner,
                        threaded.name,
                        _ratio(serial, reference),
                        _ratio(threaded, serial),
                        _ratio(also_threaded, reference) if also_threaded else None,
                        _ratio(threaded, best_of([reference, *([also_threaded] if also_threaded else [])])),
                    )
                )
    return found


def _partner(label: str, header: Header) -> str | None:
    """Return what a free-threaded build is held against: the usual build of its Python, else itself with the GIL."""
    facts = header["interpreters"][label]
    if not facts.get("free_threaded") or facts.get("gil") is not False:
        return None
    beside = {name: each for name, each in header["interpreters"].items() if each.get("gil") and name != label}
    same = [name for name, each in beside.items() if (own := each.get("variant")) and own["parent"] == label]
    build = [
        name
        for name, each in beside.items()
        if not each.get("variant")
        and (each.get("implementation"), each.get("python")) == (facts.get("implementation"), facts.get("python"))
    ]
    return next(iter([*build, *same]), None)


def _best(cells: list[Cell], *scenarios: str) -> Cell | None:
    found = [cell for cell in cells if cell.scenario in scenarios]
    return best_of(found) if found else None


def _ratio(above: Cell, below: Cell) -> Estimate:
    return compare(above, below).ratio
