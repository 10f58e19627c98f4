# Run by the report (Python 3.9 upward).
"""The outcome of killing workers: how soon another one answered their tasks, and what was lost."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from runoff.analysis.cells.cell import Cell
from runoff.stats.intervals import Estimate, median


@dataclass(frozen=True)
class Recovery:
    """All kills of a cell, over its invocations."""

    killed: int
    #: tasks per second that were sent meanwhile, the mean over invocations
    rate: float
    #: of each kill: from SIGKILL to the first result, from another worker, of a task that the victim held
    gaps_ms: list[float]
    tasks: int
    lost: int
    twice: int
    resent: int
    bin_ms: float
    killed_bin: int
    #: of each kill: tasks completed in each bin
    timeline: list[list[int]]

    @property
    def median_ms(self) -> Estimate:
        """The median gap with its 95 % interval over kills."""
        return median(self.gaps_ms)


def of_each(cells: list[Cell]) -> list[tuple[Cell, Recovery]]:
    """Return each of ``cells`` in which workers were killed, with the outcome."""
    return [(cell, found) for cell in cells if (found := of_cells([cell])) is not None]


def of_cells(cells: list[Cell]) -> Recovery | None:
    """Return the kills of ``cells``, one cell or several of the same kind; None without kills."""
    found = [kills for cell in cells for each in cell.invocations if (kills := each.get("kills"))]
    if not any(each["gaps_ns"] for each in found):
        return None
    first = found[0]
    # A timeline is added to the others only where its bins are the same.
    alike = [each for each in found if (each["bin_ns"], each["killed_bin"]) == (first["bin_ns"], first["killed_bin"])]
    sums = {name: sum(each[name] for each in found) for name in ("killed", "tasks", "lost", "twice", "resent")}
    return Recovery(
        rate=statistics.fmean(each["rate"] for each in found),
        gaps_ms=[ns / 1e6 for each in found for ns in each["gaps_ns"]],
        bin_ms=first["bin_ns"] / 1e6,
        killed_bin=first["killed_bin"],
        timeline=[counts for each in alike for counts in each["timeline"]],
        **sums,
    )
