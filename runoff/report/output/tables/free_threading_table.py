# Run by the report (Python 3.9 upward).
"""What a build without the GIL costs and gains, a row for each task."""

from __future__ import annotations

from rich.table import Table

from runoff.analysis.comparisons import free_threading
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.printed_table import left, printed_table, right
from runoff.common.wording import times

EXPLAINED = "one thread: its serial over the other's; threads: each one's best over its own serial; above 1 is faster"


def tables(cells: MeasuredCells) -> list[Table]:
    """Return the table, or none where a run has no free-threaded build beside one with the GIL."""
    found = free_threading.rows(cells)
    if not found:
        return []
    table = printed_table(
        "Free-threaded: the price of one thread, the gain of many",
        left("task", "build", "against", "threads as", no_wrap=True),
        right("one thread", "its threads", "the other's threads", "threads over the other's best"),
        caption=EXPLAINED,
    )
    for row in found:
        estimates = (row.price, row.gain, row.partners_gain, row.together)
        table.add_row(row.task, row.build, row.partner, row.scenario, *map(times, estimates))
    return [table]
