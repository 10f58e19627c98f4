# Run by the report (Python 3.9 upward).
"""Two runs, or two interpreters of one, cell by cell, and why two runs do not measure the same thing."""

from __future__ import annotations

from dataclasses import dataclass

from runoff.analysis import aa_floor
from runoff.analysis.cells.cell import Cell
from runoff.analysis.measured_cells import MeasuredCells
from runoff.analysis.ranking import against
from runoff.records import record
from runoff.stats.significance import Comparison

#: Facts of a machine that must agree before speeds are compared.
SAME_MACHINE = ("system", "machine", "cpu", "cores")


@dataclass(frozen=True)
class ComparedCell:
    """One cell on both sides. ``doubt``: why the two should not be compared, when they were anyway."""

    name: str
    before: Cell
    after: Cell
    comparison: Comparison
    verdict: str
    doubt: str | None


@dataclass(frozen=True)
class LeftOut:
    """One cell that is not compared; ``why``: what it lacks on which side."""

    name: str
    why: str


def refusals(a: record.Run, b: record.Run) -> list[str]:
    """Return why two runs do not measure the same thing; nothing when they do."""
    if a.folder == b.folder:
        return []
    found = [
        f"different machines ({name}: {a.header['machine'].get(name)} and {b.header['machine'].get(name)})"
        for name in SAME_MACHINE
        if a.header["machine"].get(name) != b.header["machine"].get(name)
    ]
    if a.header.get("code") is None or a.header.get("code") != b.header.get("code"):
        found.append(f"different scenario code (digest: {a.header.get('code')} and {b.header.get('code')})")
    found += _different_work(a.header.get("work"), b.header.get("work"))
    if _function(a) != _function(b):
        found.append(f"different functions ({_function(a)} and {_function(b)})")
    clocks_a, clocks_b = _clocks(a), _clocks(b)
    for label in clocks_a:
        if label in clocks_b and clocks_a[label] != clocks_b[label]:
            found.append(f"different clocks on {label} ({clocks_a[label]} and {clocks_b[label]})")
    return found


def _different_work(a: dict[str, int] | None, b: dict[str, int] | None) -> list[str]:
    """Return which kinds of work differ in their rounds; a run of other tasks has other kinds besides."""
    if a is None or b is None:
        return [f"different work in a task (rounds: {a} and {b})"]
    return [
        f"different work in a task (rounds of {kind}: {a[kind]} and {b[kind]})"
        for kind in a
        if kind in b and a[kind] != b[kind]
    ]


def _function(run: record.Run) -> str:
    """Return which function a run measured, and on how many inputs; its text may change from run to run."""
    own = run.header.get("workload")
    return f"{own['function']} on {own['inputs']} inputs" if own else "the sample tasks"


def _clocks(run: record.Run) -> dict[str, str]:
    return {
        each["interpreter"]: clock["name"]
        for each in run.records
        if each["status"] == record.OK and (clock := each["clock"])
    }


def compare(
    a: record.Run, b: record.Run, sides: tuple[str, str] | None, margin: float, doubt: str | None
) -> tuple[list[ComparedCell], list[LeftOut]]:
    """Compare ``b`` with ``a``; return every cell that both completed, and the other cells with the reason.

    ``sides`` names the interpreter on each side; None compares each interpreter with itself.
    """
    both = [MeasuredCells.of(a), MeasuredCells.of(b)]
    places: list[dict[str, Cell]] = [{}, {}]
    for side, of_run in enumerate(both):
        for cell in of_run.planned:
            if cell.for_latency:
                continue
            if sides is None:
                places[side][f"{cell.interpreter}/{cell.place}"] = cell
            elif cell.interpreter == sides[side]:
                places[side][cell.place] = cell
    floors = [aa_floor.of(of_run.every, of_run.header) for of_run in both]
    floors += [aa_floor.between_runs(both[0].planned, both[1].planned)] if a.folder != b.folder else []
    floor = max(filter(None, floors), key=lambda each: each.share, default=None)
    names: list[str] = []
    left_out: list[LeftOut] = []
    for name in dict.fromkeys([*places[0], *places[1]]):
        missing = {word: _no_number(side.get(name)) for word, side in zip("AB", places)}
        why = " and ".join(f"{word}: {reason}" for word, reason in missing.items() if reason)
        if why:
            left_out.append(LeftOut(name, why))
        else:
            names.append(name)
    pairs = [(places[1][name], places[0][name]) for name in names]
    found = [
        ComparedCell(name, before, after, comparison, verdict, doubt)
        for name, (after, before), (comparison, verdict) in zip(names, pairs, against(pairs, floor, {}, margin))
    ]
    return found, left_out


def _no_number(cell: Cell | None) -> str | None:
    if cell is None:
        return "not in this run"
    if not cell.measured:
        return cell.status
    return None if cell.ranked else cell.state
