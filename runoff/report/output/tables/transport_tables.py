# Run by the report (Python 3.9 upward).
"""What each transport promises, and how fast the best over it is."""

from __future__ import annotations

from rich.table import Table

from runoff.analysis import transports
from runoff.analysis.cells.cell import Cell
from runoff.analysis.claims import limits
from runoff.common.printed_table import left, printed_table, right
from runoff.common.wording import number, times


def tables(cells: list[Cell]) -> list[Table]:
    """Return what each transport guarantees, and its speed."""
    found = list(transports.rows(cells))
    promises = printed_table("what each transport promises", left("transport", no_wrap=True), left("promises"))
    promises_made = {
        (transports.called(cell), ", ".join(transports.promised(cell))) for cell in cells if transports.promised(cell)
    }
    for transport, words in sorted(promises_made, key=lambda each: (len(each[1]), each)):
        promises.add_row(transport, words)
    title = (
        "the best over each transport; over memory: its speed beside the same workers without a wire; balance: answers "
        "of the busiest worker over the mean"
    )
    table = printed_table(
        title,
        left("interpreter", "work", no_wrap=True),
        left("scenario"),
        right("tasks/s", "over memory", "over its serial", "balance"),
    )
    for row in found:
        ratios = [times(each.ratio if each else None) for each in (row.over_memory, row.over_serial)]
        figures = [number(row.cell.throughput), *ratios, times(limits.imbalance(row.cell))]
        table.add_row(row.cell.interpreter, row.cell.work, row.cell.name, *figures)
    return [*([promises] if promises_made else []), *([table] if found else [])]
