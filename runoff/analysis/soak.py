# Run by the report (Python 3.9 upward).
"""The table of memory growth over a soak of cells (``--soak MINUTES``)."""

from __future__ import annotations

from rich import box
from rich.table import Table

from runoff.analysis.cells import Cell
from runoff.stats.slope import slope


def tables(cells: list[Cell]) -> list[Table]:
    """Return the soak's table, where there was one."""
    soaked = [cell for cell in cells if any(each["memory_series"] for each in cell.invocations)]
    if not soaked:
        return []
    title = "memory over a soak: slope of the tree's memory after its first quarter, 95 % interval"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("task", "interpreter", "scenario"):
        table.add_column(name, no_wrap=True)
    for name in ("minutes", "tasks", "peak", "MiB per hour", "bytes per 1000 tasks"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    for cell in soaked:
        each = cell.invocations[-1]
        found = slope(each["memory_series"] or [])
        named = (cell.task, cell.interpreter, cell.name)
        peak = f"{(each['peak_memory_bytes'] or 0) / 2**20:.0f} MiB"
        if found is None:
            table.add_row(*named, "-", str(each["checked"]), peak, "-", "-", "cannot tell (too short: --soak MINUTES)")
            continue
        hourly = [3600 * value / 2**20 for value in (found.value, found.low, found.high)]
        per_1000 = found.value * 1000 / cell.throughput.value
        table.add_row(
            *named,
            f"{found.minutes:.1f}",
            str(each["checked"]),
            peak,
            f"{hourly[0]:.2f} [{hourly[1]:.2f}, {hourly[2]:.2f}]",
            f"{per_1000:.0f}",
            found.verdict,
        )
    return [table]
