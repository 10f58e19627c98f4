# Run by the report (Python 3.9 upward).
"""The short form of a person's own function: the gate, a matrix of interpreters and ways, and what each takes."""

from __future__ import annotations

import textwrap

from runoff.analysis import latency
from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import best_of
from runoff.analysis.measured_cells import MeasuredCells
from runoff.analysis.own import costs, decision
from runoff.analysis.ranking import rank
from runoff.common.wording import duration, short, size
from runoff.records import record
from runoff.records.record import OWN_FUNCTION
from runoff.report.output import folded_table

PERCENTILES = (50.0, 90.0, 99.0)
NONE = "-"
#: {scenario: the head of its column}, where its own name is long.
SHORT = {
    "threads": "thread/call",
    "thread-pool": "threads",
    "processes": "process/call",
    "process-pool": "processes",
    "processes-of-threads": "proc. of threads",
    "interpreter-pool": "subinterp.",
}


def lines(cells: MeasuredCells, width: int) -> list[str]:
    """Return the lines between decision and alarms, none longer than ``width``."""
    header = cells.header
    own = header["workload"]
    head = [f"Does {own['function']} run there?", *decision.gate_lines(header), ""]
    head += [f"What was measured may be a cache ({own['cached']}).", ""] if own.get("cached") else []
    head += [f"The answers vary {own['varies']}: only types and shapes were compared.", ""] if own.get("varies") else []
    found = [*head, *_matrix(cells, width), *_costs(cells, width), *_latencies(cells, width)]
    return [part for line in found for part in textwrap.wrap(line, width, subsequent_indent="  ") or [""]]


def _matrix(cells: MeasuredCells, width: int) -> list[str]:
    today = cells.reference(OWN_FUNCTION)
    of_work = [cell for cell in cells.planned if cell.task == OWN_FUNCTION]
    tried = {_column(cell) for cell in of_work if cell.status != record.SKIPPED}
    columns = [column for column in dict.fromkeys(map(_column, of_work)) if column in tried]
    rows = [[label, *(_figure(of_work, label, column, today) for column in columns)] for label in cells.labels]
    legend = (
        f"Times the calls/s of today's ({decision.named(today)}: {short(today.throughput.value)}):"
        if today
        else "Calls/s (what you have today has no number):"
    )
    explained = "@: calls at once, the best size; ~ a lower bound; - not measured: see the page"
    return [legend, *folded_table.lines(["", *columns], rows, width), explained, ""]


def _costs(cells: MeasuredCells, width: int) -> list[str]:
    """Return what the best way of each interpreter takes, and one more worker of each kind."""
    best = {place.interpreter: place.cell for place in rank(cells, OWN_FUNCTION).places}
    found = costs.costs(cells, best)
    kinds = [kind for kind in costs.WORKERS if any(kind in each.one_more for each in found)]
    rows = [
        [
            each.interpreter,
            decision.way(each.best),
            NONE if each.cpu_s_per_1000 is None else short(each.cpu_s_per_1000),
            size(each.memory_bytes),
            *(size(each.one_more[kind]) if kind in each.one_more else NONE for kind in kinds),
            NONE if each.ready_s is None else duration(each.ready_s * 1e6),
        ]
        for each in found
    ]
    columns = ["", "fastest way", "CPU s/1000", "memory", *(f"+1 {kind}" for kind in kinds), "ready"]
    return [*folded_table.lines(columns, rows, width), ""] if rows else []


def _latencies(cells: MeasuredCells, width: int) -> list[str]:
    rows, void = [], []
    for cell in cells.driven:
        if cell.task == OWN_FUNCTION:
            for found in latency.of_cell(cell):
                if found.void == found.invocations:
                    void.append(found)
                shares = [found.percentiles_ms.get(share) for share in PERCENTILES]
                shown = [NONE if value is None else duration(value * 1e3) for value in shares]
                rows.append([cell.interpreter, decision.way(cell), found.load, f"{found.rate:.0f}", *shown])
    columns = ["", "latency of", "at", "calls/s", *(f"p{share:.0f}" for share in PERCENTILES)]
    note = [f"{NONE}: void, {_void(void)}"] if void else []
    return [*folded_table.lines(columns, rows, width), *note, ""] if rows else []


def _void(rows: list[latency.Latency]) -> str:
    """Say why latencies are void."""
    late = duration(max(row.late_ms for row in rows) * 1e3)
    return f"because calls started up to {late} late (p99), more than {latency.VOID:.0%} of the time they then took"


def _column(cell: Cell) -> str:
    return cell.transport or SHORT.get(cell.scenario, cell.scenario)


def _figure(cells: list[Cell], label: str, column: str, today: Cell | None) -> str:
    """Return 1.85@2: the speed of the best size, and which that is."""
    own = [cell for cell in cells if cell.interpreter == label and _column(cell) == column]
    measured = [cell for cell in own if cell.measured and not cell.for_latency]
    if not measured:
        return next((cell.status for cell in own if cell.status not in (record.OK, record.SKIPPED)), NONE)
    best = best_of(measured)
    speed = best.throughput.value / (today.throughput.value if today else 1)
    at_once = best.parameters.get("concurrency", 0) * best.parameters.get("worker_concurrency", 1)
    return f"{'~' if best.warming else ''}{short(speed)}{f'@{at_once}' if at_once else ''}"
