# Run by the report (Python 3.9 upward).
"""The noise of each kind of cell, a row for each scenario and task."""

from __future__ import annotations

from rich.table import Table

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.start_noise import by_kind
from runoff.common.printed_table import left, printed_table, right


def tables(cells: list[Cell]) -> list[Table]:
    """Return the table of all kinds of ``cells``, the noisiest first; none where nothing is known of the pace."""
    kinds = by_kind(cells)
    if not kinds:
        return []
    made = printed_table(
        "Noise of a start: as it was measured, and at the machine's average pace",
        left("scenario and task", no_wrap=True),
        right("cells", "starts", "as measured", "at the average pace"),
    )
    for (scenario, task), noise in sorted(kinds.items(), key=lambda each: -each[1].measured):
        shares = (f"{100 * share:.1f} %" for share in (noise.measured, noise.even))
        made.add_row(f"{scenario} {task}", str(noise.cells), str(noise.starts), *shares)
    return [made]
