# Run by the report (Python 3.9 upward).
"""Claims about a number of the scenario ``distributed`` itself, not a ratio: it stays at or below a limit.

The worst of the cells that have the number counts.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass

from runoff.analysis import recovery
from runoff.analysis.cells.cell import Cell
from runoff.analysis.recovery import Recovery
from runoff.stats.intervals import Estimate, geometric_mean

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


def imbalance(cell: Cell) -> Estimate | None:
    """Return the answers of the busiest worker over the mean of all; None without several workers."""
    shares = [max(each) / statistics.fmean(each) for each in cell.worker_answers if len(each) > 1 and any(each)]
    return geometric_mean(shares) if shares else None


def _of_kills(number: Callable[[Recovery], Estimate]) -> Callable[[Cell], Estimate | None]:
    """Return what finds ``number`` over all kills of a cell; it finds None without kills."""

    def find(cell: Cell) -> Estimate | None:
        killed = recovery.of_cells([cell])
        return number(killed) if killed else None

    return find


def _exactly(count: int) -> Estimate:
    return Estimate(count, count, count)


NUMBERS: dict[str, Callable[[Cell], Estimate | None]] = {
    "imbalance": imbalance,
    # Each kill met other worker processes, so their number counts.
    "gap": _of_kills(lambda killed: killed.median_ms),
    "lost": _of_kills(lambda killed: _exactly(killed.lost)),
    "twice": _of_kills(lambda killed: _exactly(killed.twice)),
}
