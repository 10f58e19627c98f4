# Run by the report (Python 3.9 upward).
"""The parts of a claim on one interpreter: which two cells are compared, or which one is held against a limit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import compare
from runoff.analysis.claims.limits import Limit
from runoff.analysis.claims.table import FREE, GIL, IO, SERIAL, Part
from runoff.common.loose import Data
from runoff.records.schema import Header
from runoff.stats import significance
from runoff.stats.intervals import Estimate

HOLDS, FAILS, OPEN = "holds", "does not hold", "cannot tell"


@dataclass
class CheckedPart:
    """One part of a claim on one interpreter.

    ``verdict`` is filled in when all comparisons are known; that of a limit at once.
    """

    part: Part | Limit
    above: Cell | None = None
    below: Cell | None = None
    comparison: significance.Comparison | None = None
    number: Estimate | None = None
    verdict: str = OPEN
    missing: str = ""

    @property
    def ratio(self) -> Estimate | None:
        """The ratio of a comparison, or the number of a limit."""
        return self.comparison.ratio if self.comparison else self.number

    def data(self, ids: dict[int, int]) -> Data:
        """Return the part as plain data for the page."""
        ratio = self.ratio
        return {
            "says": self.part.says,
            "expect": self.part.expect,
            "task": self.above.task if self.above else None,
            "above": self.above.name if self.above else None,
            "below": self.below.name if self.below else None,
            "ratio": ratio.as_list if ratio else None,
            "verdict": self.verdict,
            "missing": self.missing,
            "cells": [ids[id(cell)] for cell in (self.above, self.below) if cell is not None],
        }


def check_part(part: Part, measured: list[Cell], planned: list[Cell], label: str, header: Header) -> CheckedPart:
    """Compare the first pair of cells of ``label`` that ``part`` is about; say what is missing where there is none."""
    own = [cell for cell in measured if cell.interpreter == label]
    pairs: Iterator[tuple[Cell, Cell]]
    if part.over == "baseline":
        others = [cell for cell in measured if cell.interpreter == header["baseline"] != label]
        pairs = (
            (one, other)
            for one in _in_order(own, part.tasks, part.above)
            for other in others
            if other.place == one.place and one.batch > 1
        )
    elif part.over in ("size", "workers"):
        pairs = _ends(_in_order(own, part.tasks, part.above), part.over)
    else:
        below = _in_order(own, part.tasks, part.below)
        above = _in_order(own, part.tasks, part.above)
        if part.over == "fewest":
            above = [cell for cell in above if cell.task == "noop" or cell.batch == 1]  # no work that cores could share
        else:  # one task alone has nothing beside it: what is claimed of many cannot be seen in it
            above = [cell for cell in above if cell.batch > 1]
        pairs = (
            (one, other)
            for one in above
            for other in sorted(below, key=lambda cell: cell.batch != one.batch)
            if _work(one) == _work(other) or _waits_as_long(one, other)
        )
    pair = next(pairs, None)
    if pair is None:
        return CheckedPart(part, missing=f"{part.says}: {_lacking(part, planned, label)}")
    return CheckedPart(part, *pair, compare(*pair))


def check_limit(limit: Limit, measured: list[Cell], planned: list[Cell], label: str) -> CheckedPart:
    """Hold ``limit`` against the worst cell of ``label``; say what is missing where no cell has its number."""
    worst = limit.worst([cell for cell in measured if cell.interpreter == label])
    if worst is None:
        there = [cell for cell in planned if cell.interpreter == label and limit.concerns(cell)]
        lacks = _without_number(there) or "not measured in this run, but by --profile transports"
        return CheckedPart(limit, missing=f"{limit.says}: {lacks}")
    cell, number = worst
    verdict = OPEN
    if number.low is not None and number.high is not None:
        verdict = HOLDS if number.high <= limit.most else FAILS if number.low > limit.most else OPEN
    return CheckedPart(limit, cell, number=number, verdict=verdict)


def _lacking(part: Part, planned: list[Cell], label: str) -> str:
    """Return why a part cannot be checked: the reason of a cell that it needs, where one was planned."""
    for scenarios in (part.above, part.below):
        own = [cell for cell in planned if cell.interpreter == label and cell.task in part.tasks]
        lacks = _without_number([cell for cell in own if cell.scenario in scenarios])
        if lacks:
            return lacks
    return "not measured in this run"


def _without_number(cells: list[Cell]) -> str:
    """Return why none of ``cells`` has a number; empty where one has."""
    if not cells or any(cell.measured for cell in cells):
        return ""
    return f"{cells[0].name} {cells[0].status} ({cells[0].reason})"


def _in_order(cells: list[Cell], tasks: tuple[str, ...], scenarios: tuple[str, ...]) -> list[Cell]:
    """Return the cells of ``tasks`` and ``scenarios``, in that order, largest batch and most workers first."""
    wanted = [cell for cell in cells if cell.task in tasks and cell.scenario in scenarios]
    return sorted(
        wanted,
        key=lambda cell: (
            tasks.index(cell.task),
            scenarios.index(cell.scenario),
            -cell.batch,
            -cell.parameters.get("concurrency", 0),
        ),
    )


def _work(cell: Cell) -> tuple[Any, ...]:
    """Return what two scenarios must share to be compared: the kind of task, but for its GIL, and the size."""
    kind = "native" if cell.task in (*GIL, *FREE) else cell.task
    settings = ("delay_ms", "cpu_share", "payload_bytes", "task_ms")
    return (kind, cell.batch, *(cell.parameters.get(name) for name in settings))


def _waits_as_long(one: Cell, serial: Cell) -> bool:
    """Return whether a serial cell of another size may stand in.

    Where each task waits, one after another, a task costs the same at every size (claim C1 checks it), and nobody need
    wait for sixteen seconds to see it.
    """
    return (
        serial.scenario in SERIAL
        and serial.task in IO
        and one.task == serial.task
        and _work(one)[2:] == _work(serial)[2:]
    )


def _ends(cells: list[Cell], over: str) -> Iterator[tuple[Cell, Cell]]:
    """Return (most, least) of the cells that differ in their size, or in their workers, alone."""

    def key(cell: Cell) -> int:
        return cell.batch if over == "size" else int(cell.parameters.get("concurrency", 0))

    for cell in cells:
        rest = [
            other
            for other in cells
            if (other.scenario, other.task) == (cell.scenario, cell.task)
            and other.parameters.get("delay_ms") == cell.parameters.get("delay_ms")
            and (over == "size" or other.batch == cell.batch)
            and key(other) < key(cell)
        ]
        if rest:
            yield cell, min(rest, key=key)
