# Run by the report (Python 3.9 upward).
"""The short form of a person's own function: the gate, and a matrix of interpreters and ways to run it."""

from __future__ import annotations

from runoff.analysis import own_function
from runoff.analysis.cells import Cell, best_of
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.wording import short
from runoff.records import record
from runoff.records.record import OWN_FUNCTION

GAP = 2


def matrix(cells: MeasuredCells) -> list[str]:
    """Return the lines between decision and alarms: the gate, then the matrix."""
    header = cells.header
    head = [f"Does {header['workload']['function']} run there?", *own_function.gate_lines(header), ""]
    today = cells.reference(OWN_FUNCTION)
    of_work = [cell for cell in cells.planned if cell.task == OWN_FUNCTION]
    columns = list(dict.fromkeys(_column(cell) for cell in of_work))
    rows = {label: [_figure(of_work, label, column, today) for column in columns] for label in cells.labels}
    widths = [max(len(column), *(len(row[at]) for row in rows.values())) for at, column in enumerate(columns)]
    first = max(map(len, rows))
    lines = [" " * first + "".join(f"{column:>{width + GAP}}" for column, width in zip(columns, widths))]
    for label, row in rows.items():
        lines.append(f"{label:<{first}}" + "".join(f"{each:>{width + GAP}}" for each, width in zip(row, widths)))
    told = (
        f"Times the calls/s of today's ({own_function.named(today)}: {short(today.throughput.value)}):"
        if today
        else "Calls/s (what you have today has no number):"
    )
    explained = "@: calls at once, the best size of each way; ~ a lower bound; - not measured, see the page for why"
    return [*head, told, *lines, explained, ""]


def _column(cell: Cell) -> str:
    return cell.transport or cell.scenario


def _figure(cells: list[Cell], label: str, column: str, today: Cell | None) -> str:
    """Return 1.85@2: the speed of the best size, and which that is."""
    own = [cell for cell in cells if cell.interpreter == label and _column(cell) == column]
    measured = [cell for cell in own if cell.status == record.OK and not cell.for_latency]
    if not measured:
        return next((cell.status for cell in own if cell.status not in (record.OK, record.SKIPPED)), "-")
    best = best_of(measured)
    speed = best.throughput.value / (today.throughput.value if today else 1)
    at_once = best.parameters.get("concurrency", 0) * best.parameters.get("worker_concurrency", 1)
    return f"{'~' if best.warming else ''}{short(speed)}{f'@{at_once}' if at_once else ''}"
