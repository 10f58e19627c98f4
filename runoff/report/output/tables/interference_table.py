# Run by the report (Python 3.9 upward).
"""How late a probe woke up beside a task, a row for each probe."""

from __future__ import annotations

from rich.table import Table

from runoff.analysis.cells.cell import Cell
from runoff.analysis.interference import PERCENTILES, late_ms, percentile
from runoff.common.printed_table import left, printed_table, right


def tables(probes: list[Cell]) -> list[Table]:
    """Return a table with a row per task, scenario and interpreter, where there are ``probes``."""
    if not probes:
        return []
    shown = printed_table(
        "how late a probe wakes up beside a task, ms",
        left("task", "scenario", "interpreter", no_wrap=True),
        right(*(f"p{share:g}" for share in PERCENTILES)),
    )
    for cell in sorted(probes, key=lambda each: (each.task, each.name)):
        ordered = late_ms(cell)
        values = [percentile(ordered, share) for share in PERCENTILES]
        texts = ["too few" if value is None else f"{value:.2f}" for value in values]
        shown.add_row(cell.task, cell.name, cell.interpreter, *texts)
    return [shown]
