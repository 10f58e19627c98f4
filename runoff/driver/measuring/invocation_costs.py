# Run by the driver (Python 3.9 upward).
"""Predict what invocations will cost from what they cost so far."""

from __future__ import annotations

import statistics

from runoff.driver.plan import PlannedCell

FIRST_GUESS_S = 0.6  # what an invocation costs without a soak, before any has been seen


class InvocationCosts:
    """What invocations cost so far, to predict what the next ones will; each lasts ``soak_s`` at least."""

    def __init__(self, soak_s: float = 0.0) -> None:
        self._first_guess_s = soak_s + FIRST_GUESS_S
        self._of_cell: dict[str, float] = {}
        self._of_interpreter: dict[str, list[float]] = {}

    def note(self, cell: PlannedCell, wall_s: float) -> None:
        """Take note of what an invocation of ``cell`` cost."""
        self._of_cell[cell.key] = wall_s
        self._of_interpreter.setdefault(cell.interpreter, []).append(wall_s)

    def expect(self, cells: list[PlannedCell]) -> float:
        """Return the seconds that one invocation of each of ``cells`` will take."""
        return sum(self._expect(cell) for cell in cells)

    def _expect(self, cell: PlannedCell) -> float:
        if cell.key in self._of_cell:
            return self._of_cell[cell.key]
        seen = self._of_interpreter.get(cell.interpreter)
        return statistics.fmean(seen) if seen else self._first_guess_s
