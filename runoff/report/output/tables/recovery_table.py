# Run by the report (Python 3.9 upward).
"""Workers that were killed, a row for each cell."""

from __future__ import annotations

from rich.table import Table

from runoff.analysis import recovery
from runoff.analysis.cells.cell import Cell
from runoff.common.printed_table import left, printed_table, right
from runoff.common.wording import number, short


def tables(cells: list[Cell]) -> list[Table]:
    """Return the table, where workers were killed."""
    killed = recovery.of_each(cells)
    if not killed:
        return []
    title = (
        "workers killed (SIGKILL) at half load: ms until the first result, from another worker, of a task that the "
        "victim held, median over kills with its 95 % interval, and the worst"
    )
    table = printed_table(
        title,
        left("interpreter", "scenario", no_wrap=True),
        right("kills", "tasks/s", "back after", "worst", "tasks", "lost", "given twice", "run again", no_wrap=True),
    )
    for cell, found in killed:
        back = [number(found.median_ms), short(max(found.gaps_ms))]
        counts = [str(value) for value in (found.tasks, found.lost, found.twice, found.resent)]
        table.add_row(cell.interpreter, cell.name, str(found.killed), short(found.rate), *back, *counts)
    return [table]
