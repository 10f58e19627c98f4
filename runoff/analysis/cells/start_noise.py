# Run by the report (Python 3.9 upward).
"""How noisy the starts of each kind of cell were, before and after their speeds were moved to the average pace."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from runoff.analysis.cells.cell import Cell, speed_of


@dataclass(frozen=True)
class StartNoise:
    """The cells of one scenario and task that were started more than once.

    Both noises are standard deviations of the logarithm of a start's speed within its cell.
    """

    cells: int
    starts: int
    measured: float
    even: float


def by_kind(cells: list[Cell]) -> dict[tuple[str, str], StartNoise]:
    """Return {(scenario, task): the noise of its cells}, of ``cells`` of which the machine's pace is known."""
    kinds: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if len(cell.even) > 1:
            kinds.setdefault((cell.scenario, cell.task), []).append(cell)
    return {kind: _noise(found) for kind, found in kinds.items()}


def _noise(cells: list[Cell]) -> StartNoise:
    measured = [[speed_of(each, steady) for each, steady in cell.warm] for cell in cells]
    even = [[each.speed for each in cell.even] for cell in cells]
    return StartNoise(len(cells), sum(map(len, even)), _spread(measured), _spread(even))


def _spread(samples: list[list[float]]) -> float:
    """Return the standard deviation of the logarithms within ``samples``, pooled."""
    freedom = [len(sample) - 1 for sample in samples]
    squares = [statistics.variance(map(math.log, sample)) * count for sample, count in zip(samples, freedom)]
    return math.sqrt(sum(squares) / sum(freedom))
