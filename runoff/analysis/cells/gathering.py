# Run by the report (Python 3.9 upward).
"""Gather the records of a run into cells, each invocation with its class."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from runoff.analysis.cells.cell import Cell, speed_of
from runoff.analysis.deployable.order import ordered
from runoff.records import cell_keys, invocation_times, record
from runoff.records.schema import Header, Record
from runoff.stats import average_pace, noise_of_kinds, steady_state
from runoff.stats.average_pace import PacedStart
from runoff.stats.pilots import Pilots
from runoff.stats.steady_state import Steadiness


def gather(run: record.Run) -> list[Cell]:
    """Return the cells of ``run``, interpreter by interpreter, each in the order of the plan."""
    adaptive = run.header.get("half_width") is not None
    pilots = pilots_of(run.header, run.records)
    cells: dict[str, Cell] = {}
    order = ordered(run.header["interpreters"])
    for data in sorted(run.header["cells"], key=lambda data: _at(order, data["interpreter"])):
        cells[cell_keys.cell_key(data)] = Cell(
            data["interpreter"], data["scenario"], data["task"], data["batch"], data["parameters"]
        )
    for each in _counting(run.records):
        cell = cells[cell_keys.cell_key(each)]
        if each["status"] == record.OK:
            cell.invocations.append(each)
            key = cell_keys.warm_up_key(each)
            times, compiling = each["iterations_ns"], invocation_times.compiling_of(each)
            warming = pilots.steadiness(each["interpreter"], each["task"], key, times, compiling)
            cell.steadiness.append(warming or (classify(each, run.header) if adaptive else classify_short(each)))
        else:  # one failure is a failed cell, whatever the other invocations gave
            cell.status, cell.reason = each["status"], each["reason"]
    measured = [cell for cell in cells.values() if cell.invocations and not cell.for_latency]
    _even_out(measured)
    priors = noise_of_kinds.learn((cell.kind, [] if cell.warming else cell.throughputs) for cell in measured)
    why = "not measured: the run was not finished"
    if run.header.get("finished_at"):
        why = f"over the budget of {run.header['budget_s']:.0f} s: raise --budget or choose fewer cells"
    for cell in cells.values():
        cell.prior = priors.get(cell.kind)
        if cell.status == record.SKIPPED and cell.reason is None:  # nothing went wrong
            if cell.invocations:
                cell.status = record.OK
            else:
                cell.reason, cell.unmeasured = why, True
    return list(cells.values())


def _even_out(measured: list[Cell]) -> None:
    """Give ``measured`` their speeds at the machine's average pace, where each of a cell's invocations has its pace."""
    known = {cell.key: starts for cell in measured if len(starts := paced_starts(cell)) == len(cell.warm)}
    evened = iter(average_pace.even_out([start for starts in known.values() for start in starts]))
    for cell in measured:
        cell.even = list(islice(evened, len(known.get(cell.key, ()))))


def paced_starts(cell: Cell) -> list[PacedStart]:
    """Return the invocations of ``cell`` that count, each with the machine's pace beside it, where that is known."""
    counted = [(each, steady, len(steady_state.counting(each["iterations_ns"], steady))) for each, steady in cell.warm]
    return [
        PacedStart(**known, speed=speed_of(each, steady))
        for each, steady, count in counted
        if (known := invocation_times.pace_of(each, count)) is not None
    ]


def _at(order: list[str], label: str) -> int:
    """Return where ``label`` stands; the baseline's repeat, which is no interpreter of the run, stands last."""
    return order.index(label) if label in order else len(order)


def pilots_of(header: Header, records: Iterable[Record]) -> Pilots:
    """Return what the long invocations of a run show of warm-up."""
    declared = [label for label, facts in header["interpreters"].items() if facts.get("jit")]
    pilots = Pilots(header.get("pilot_s") or 0.0, declared, header["machine"]["cores"])
    for each in records:
        if each["status"] == record.OK:
            pilots.note(**invocation_times.warm_up_of(each))
    return pilots


def _counting(records: tuple[Record, ...]) -> list[Record]:
    """Return the last of several attempts at each block: the others were disturbed or too short."""
    return list({(cell_keys.cell_key(each), each["block"]): each for each in records}.values())


def classify(outcome: Record, header: Header) -> Steadiness:
    """Return the class of one invocation, in a run that waits until a cell is steady."""
    times, compiling = outcome["iterations_ns"], invocation_times.compiling_of(outcome)
    capped = steady_state.capped(times, header["max_iterations"], header["max_seconds"])
    return steady_state.classify(times, capped=capped, compiling_ns=compiling)


def classify_short(outcome: Record) -> Steadiness:
    """Return the class of one invocation, in a run that does not wait: its steady tail may be short."""
    return steady_state.classify(outcome["iterations_ns"], tail_s=0.0)
