# Run by the report (Python 3.9 upward).
"""Check each claim of the table on every interpreter: holds, does not hold, cannot tell.

A claim holds where all its parts do, and does not where one part is refuted; on a build without a GIL several should
fail.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import compare, first_look
from runoff.analysis.claims.limits import Limit
from runoff.analysis.claims.table import CLAIMS, FREE, GIL, IO, SERIAL, Claim, Part
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.loose import Data
from runoff.records import record
from runoff.records.schema import Header
from runoff.stats import significance
from runoff.stats.intervals import Estimate

HOLDS, FAILS, OPEN, NOT_ASKED = "holds", "does not hold", "cannot tell", "not asked"

ABOUT = 1.25  # "about as long": the whole interval within this factor of 1, both ways
MUCH = 0.5  # "much": at least this share of what the cores can give beyond one


@dataclass
class Found:
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


def check(of_run: MeasuredCells, ids: dict[int, int]) -> list[Data]:
    """Return a row per claim: {name, says, by_interpreter: {label: {verdict, why, parts}}}.

    ``ids`` are those of cells on the page.
    """
    header, cells = of_run.header, of_run.planned
    measured = of_run.ranked
    found = {
        (claim.name, label): [
            _check_limit(part, measured, cells, label)
            if isinstance(part, Limit)
            else _check_part(part, measured, cells, label, header)
            for part in claim.parts
        ]
        for claim in CLAIMS
        for label in of_run.labels
        if not claim.only or claim.only in _traits(header, cells, label)
    }
    compared = [each for parts in found.values() for each in parts if each.comparison is not None]
    known = [each.comparison for each in compared if each.comparison is not None]
    shown = significance.together(known, first_look(header))
    for each, comparison, verdict in zip(compared, shown, significance.verdicts(shown)):
        each.comparison = comparison
        each.verdict = EXPECT[each.part.expect](each, verdict, header["machine"]["cores"])
    rows = []
    for claim in CLAIMS:
        by_interpreter: dict[str, Data] = {}
        for label in of_run.labels:
            parts = found.get((claim.name, label))
            if parts is None:
                by_interpreter[label] = {"verdict": NOT_ASKED, "why": "the claim is about PyPy", "parts": []}
                continue
            verdict = _together(parts)
            why = _why(claim, parts, verdict, _traits(header, cells, label))
            by_interpreter[label] = {"verdict": verdict, "why": why, "parts": [each.data(ids) for each in parts]}
        rows.append({"name": claim.name, "says": claim.says, "by_interpreter": by_interpreter})
    return rows


# --- what is expected of a ratio: (found, verdict, cores) -> HOLDS, FAILS or OPEN --------------------------


def _faster(found: Found, verdict: str, cores: int) -> str:
    if significance.says_faster(verdict):
        return HOLDS
    return FAILS if significance.says_slower(verdict) or verdict == significance.SAME else OPEN


def _not_faster(found: Found, verdict: str, cores: int) -> str:
    if significance.says_faster(verdict):
        return FAILS
    return HOLDS if _range(found)[1] <= 1 + significance.EQUIVALENT else OPEN


def _much_faster(found: Found, verdict: str, cores: int) -> str:
    low, high = _range(found)
    threshold = 1 + MUCH * (cores - 1)
    return HOLDS if low >= threshold else FAILS if high < threshold else OPEN


def _about(found: Found, verdict: str, cores: int) -> str:
    low, high = _range(found)
    if low >= 1 / ABOUT and high <= ABOUT:
        return HOLDS
    return FAILS if low > ABOUT or high < 1 / ABOUT else OPEN


def _range(found: Found) -> tuple[float, float]:
    """Return the ends between which the ratio lies.

    A speed that is a lower bound leaves one end open: ``above`` the upper one, ``below`` the lower one. One invocation
    leaves both open.
    """
    assert found.comparison is not None
    ratio, (above_warming, below_warming) = found.comparison.ratio, found.comparison.warming
    low = 0.0 if below_warming or ratio.low is None else ratio.low
    return low, math.inf if above_warming or ratio.high is None else ratio.high


def _faster_and_failing(found: Found, verdict: str, cores: int) -> str:
    assert found.below is not None
    # It claims both: where every request was answered it is refuted, however fast the threads were.
    return _faster(found, verdict, cores) if found.below.failures else FAILS


EXPECT: dict[str, Callable[[Found, str, int], str]] = {
    "faster": _faster,
    "faster, the other fails": _faster_and_failing,
    "not faster": _not_faster,
    "much faster": _much_faster,
    "about": _about,
}


# --- which cells a part compares --------------------------------------------------------------------------------------


def _check_part(part: Part, measured: list[Cell], planned: list[Cell], label: str, header: Header) -> Found:
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
        return Found(part, missing=f"{part.says}: {_lacking(part, planned, label)}")
    return Found(part, *pair, compare(*pair))


def _check_limit(limit: Limit, measured: list[Cell], planned: list[Cell], label: str) -> Found:
    """Hold ``limit`` against the worst cell of ``label``; say what is missing where no cell has its number."""
    worst = limit.worst([cell for cell in measured if cell.interpreter == label])
    if worst is None:
        there = [cell for cell in planned if cell.interpreter == label and limit.concerns(cell)]
        lacks = _without_number(there) or "not measured in this run, but by --profile transports"
        return Found(limit, missing=f"{limit.says}: {lacks}")
    cell, number = worst
    verdict = OPEN
    if number.low is not None and number.high is not None:
        verdict = HOLDS if number.high <= limit.most else FAILS if number.low > limit.most else OPEN
    return Found(limit, cell, number=number, verdict=verdict)


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
    if not cells or any(cell.status == record.OK for cell in cells):
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


# --- a claim as a whole -----------------------------------------------------------------------------------------------


def _together(parts: list[Found]) -> str:
    verdicts = [each.verdict for each in parts]
    if FAILS in verdicts:
        return FAILS
    return HOLDS if verdicts and set(verdicts) == {HOLDS} else OPEN


def _why(claim: Claim, parts: list[Found], verdict: str, traits: set[str]) -> str:
    if verdict == HOLDS:
        return ""
    if verdict == FAILS:
        refuted = "; ".join(each.part.says for each in parts if each.verdict == FAILS)
        reasons = [text for trait, text in claim.why.items() if trait in traits]
        return f"refuted by {refuted}" + (f": {'; '.join(reasons)}" if reasons else "")
    lacking = [each.missing for each in parts if each.missing]
    unclear = [f"{each.part.says}: {_doubt(each)}" for each in parts if each.ratio and each.verdict == OPEN]
    return "; ".join([*lacking, *unclear])


def _doubt(found: Found) -> str:
    """Return why the numbers of a part decide nothing."""
    warming = found.comparison is not None and any(found.comparison.warming)
    return "what was still warming up may become faster" if warming else "the interval decides neither way"


def _traits(header: Header, cells: list[Cell], label: str) -> set[str]:
    """Return words about an interpreter, from its facts and from what was seen at the end of its invocations."""
    facts = header["interpreters"].get(label, {})
    own = [each for cell in cells if cell.interpreter == label for each in cell.invocations]
    seen = [each["gil"].get("at_end") for each in own if each["gil"]]
    gil = any(value is not False for value in seen) if seen else facts.get("gil") is not False
    words = {
        "gil": gil,
        "no-gil": not gil,
        "jit": bool(facts.get("jit")),
        "jvm": "jni" in facts.get("capabilities", ()),
        "pypy": facts.get("implementation") == "PyPy",
    }
    return {word for word, given in words.items() if given}
