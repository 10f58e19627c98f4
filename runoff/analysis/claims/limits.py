# Run by the report (Python 3.9 upward).
"""Claims about a number of the scenario ``distributed`` itself, not a ratio: it stays at or below a limit.

The worst of the cells that have the number counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import bdtr

from runoff.analysis.cells import Cell
from runoff.records.schema import Kills
from runoff.stats.intervals import CONFIDENCE, Estimate, geometric_mean

BROKERLESS, BROKERED = ("zmq+ipc", "zmq+tcp"), ("amqp",)
#: Tasks long enough for a worker's share of them to be its own doing, as are those whose length is given as LASTING_MS
#: or more; shorter ones travel by the dozen.
LASTING = ("python", "native-gil", "native-nogil", "sleep")
LASTING_MS = 1


@dataclass(frozen=True)
class Limit:
    """A limit on ``number`` (see NUMBERS), over the cells of ``transports`` (none: of all)."""

    says: str
    number: str
    most: float
    unit: str = ""
    transports: tuple[str, ...] = ()

    @property
    def expect(self) -> str:
        """The limit in words."""
        return f"at most {self.most:g}{self.unit and ' ' + self.unit}"

    def concerns(self, cell: Cell) -> bool:
        """Return whether the limit applies to ``cell``."""
        return (
            cell.scenario == "distributed"
            and (cell.task in LASTING or cell.parameters.get("length_ms", 0) >= LASTING_MS)
            and cell.parameters.get("transport") in (self.transports or (cell.parameters.get("transport"),))
            and ("kills" in cell.parameters or self.number == "imbalance")
        )

    def worst(self, cells: list[Cell]) -> tuple[Cell, Estimate] | None:
        """Return the cell with the largest number; None where none has it."""
        found = [(cell, NUMBERS[self.number](cell)) for cell in cells if self.concerns(cell)]
        there = [(cell, estimate) for cell, estimate in found if estimate is not None]
        return max(there, key=lambda each: each[1].value, default=None)


def median(values: list[float]) -> Estimate:
    """Return the median with a 95 % interval that two of the values bound, whatever their distribution.

    How many values are below the true median is a binomial count. Six or more are needed.
    """
    ordered = sorted(values)
    count = len(ordered)
    outside = 0  # so many may be left out at either end
    while 2 * float(bdtr(outside, count, 0.5)) <= 1 - CONFIDENCE:
        outside += 1
    middle = statistics.median(ordered)
    if not outside:
        return Estimate(middle, None, None)
    return Estimate(middle, ordered[outside - 1], ordered[count - outside])


def imbalance(cell: Cell) -> Estimate | None:
    """Return the answers of the busiest worker over the mean of all; None without several workers."""
    shares = [max(each) / statistics.fmean(each) for each in cell.worker_answers if len(each) > 1 and any(each)]
    return geometric_mean(shares) if shares else None


def gap_ms(cell: Cell) -> Estimate | None:
    """Return the median gap over all kills; each kill met other worker processes, so their number counts."""
    gaps = [gap / 1e6 for kills in _kills(cell) for gap in kills["gaps_ns"]]
    return median(gaps) if gaps else None


def _counted(number: Callable[[Kills], int]) -> Callable[[Cell], Estimate | None]:
    def counted(cell: Cell) -> Estimate | None:
        total = sum(map(number, _kills(cell)))
        return Estimate(total, total, total) if _kills(cell) else None

    return counted


def _kills(cell: Cell) -> list[Kills]:
    return [kills for each in cell.invocations if (kills := each.get("kills"))]


NUMBERS: dict[str, Callable[[Cell], Estimate | None]] = {
    "imbalance": imbalance,
    "gap": gap_ms,
    "lost": _counted(lambda kills: kills["lost"]),
    "twice": _counted(lambda kills: kills["twice"]),
}
