# Run by the report (Python 3.9 upward).
"""The effect of a task on others in its interpreter: how late a probe beside it woke up."""

from __future__ import annotations

import math

from runoff.analysis.cells.cell import Cell
from runoff.analysis.latency import carries

PERCENTILES = (50.0, 90.0, 99.0)


def is_probe(cell: Cell) -> bool:
    """Return whether the cell is a latency probe."""
    return "period_ms" in cell.parameters


def late_ms(cell: Cell) -> list[float]:
    """Return by how many milliseconds each warm wake-up of all invocations was late, sorted."""
    period_ms: float = cell.parameters["period_ms"]
    return sorted(time_ns / 1e6 - period_ms for each in cell.invocations for time_ns in each["iterations_ns"][1:])


def percentile(ordered: list[float], share: float) -> float | None:
    """Return the nearest-rank percentile; None for too few samples (docs/method.md, rule 9)."""
    if not carries(len(ordered), share):
        return None
    return ordered[math.ceil(share / 100 * len(ordered)) - 1]
