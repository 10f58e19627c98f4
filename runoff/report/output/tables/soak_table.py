# Run by the report (Python 3.9 upward).
"""Memory over a soak, a row for each cell."""

from __future__ import annotations

from rich.table import Table

from runoff.analysis import soak
from runoff.analysis.cells.cell import Cell
from runoff.common.printed_table import left, printed_table, right


def tables(cells: list[Cell]) -> list[Table]:
    """Return the soak's table, where there was one."""
    grown = soak.of_cells(cells)
    if not grown:
        return []
    title = "memory over a soak: slope of the tree's memory after its first quarter, 95 % interval"
    table = printed_table(
        title,
        left("task", "interpreter", "scenario", no_wrap=True),
        right("minutes", "tasks", "peak", "MiB per hour", "bytes per 1000 tasks", no_wrap=True),
        left("verdict"),
    )
    for growth in grown:
        cell, found = growth.cell, growth.slope
        named = (cell.task, cell.interpreter, cell.name)
        tasks, peak = str(growth.tasks), f"{growth.peak_bytes / 2**20:.0f} MiB"
        if found is None:
            table.add_row(*named, "-", tasks, peak, "-", "-", "cannot tell (too short: --soak MINUTES)")
            continue
        hourly = [3600 * value / 2**20 for value in (found.value, found.low, found.high)]
        table.add_row(
            *named,
            f"{found.minutes:.1f}",
            tasks,
            peak,
            f"{hourly[0]:.2f} [{hourly[1]:.2f}, {hourly[2]:.2f}]",
            f"{growth.bytes_per_1000:.0f}",
            found.verdict,
        )
    return [table]
