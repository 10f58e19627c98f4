# Run by the report (Python 3.9 upward).
"""Latencies at a given load, a row for each cell and load."""

from __future__ import annotations

from rich.table import Table

from runoff.analysis.cells.cell import Cell
from runoff.analysis.latency import CARRIED, PERCENTILES, VOID, of_cell
from runoff.common.printed_table import left, printed_table, right
from runoff.common.wording import short


def tables(driven: list[Cell]) -> list[Table]:
    """Return the latency table, where there are cells driven at a given load."""
    if not driven:
        return []
    title = (
        "latency in ms at a given load (per cent of its own capacity) or rate, counted from the intended beginning; "
        f"'-': fewer than {CARRIED}/(1-p) samples; void: the generator was late by more than {VOID:.0%} of p99"
    )
    figures = ("load", "tasks/s", *(f"p{share:g}" for share in PERCENTILES), "max", "late p99", "samples", "void")
    table = printed_table(title, left("task", "interpreter", "scenario", no_wrap=True), right(*figures, no_wrap=True))
    for cell in sorted(driven, key=lambda c: (c.task, c.scenario)):
        for row in of_cell(cell):
            shown = [short(row.percentiles_ms[share]) if share in row.percentiles_ms else "-" for share in PERCENTILES]
            worst = short(row.max_ms) if row.count else "-"
            void = f"{row.void} of {row.invocations}"
            numbers = [row.load, f"{row.rate:.0f}", *shown, worst, short(row.late_ms), str(row.count), void]
            table.add_row(cell.task, cell.interpreter, cell.name, *numbers)
    return [table]
