# Run by the report (Python 3.9 upward).
"""How the memory of cells grew over a soak (``--soak MINUTES``)."""

from __future__ import annotations

from dataclasses import dataclass

from runoff.analysis.cells.cell import Cell
from runoff.stats.slope import Slope, slope


@dataclass(frozen=True)
class Growth:
    """The memory of one cell's tree over its last invocation."""

    cell: Cell
    tasks: int | None
    peak_bytes: int
    #: None where the soak was too short to tell
    slope: Slope | None

    @property
    def bytes_per_1000(self) -> float | None:
        """How many bytes a thousand tasks left behind; None where that cannot be told."""
        return self.slope.value * 1000 / self.cell.throughput.value if self.slope else None


def of_cells(cells: list[Cell]) -> list[Growth]:
    """Return the growth of each of ``cells`` that soaked."""
    return [_of(cell) for cell in cells if any(each["memory_series"] for each in cell.invocations)]


def _of(cell: Cell) -> Growth:
    last = cell.invocations[-1]
    return Growth(cell, last["checked"], last["peak_memory_bytes"] or 0, slope(last["memory_series"] or []))
