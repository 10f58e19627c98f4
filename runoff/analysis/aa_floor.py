# Run by the report (Python 3.9 upward).
"""The A/A floor: how different the baseline looks from itself. No difference below it is claimed."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from runoff.analysis.cells.cell import Cell
from runoff.common.wording import counted
from runoff.records import invocation_times
from runoff.records.schema import Header
from runoff.stats import significance


@dataclass(frozen=True)
class Floor:
    """The A/A floor: ``share`` is the largest difference of the baseline from itself, over ``cells`` cells."""

    share: float
    cells: int
    how: str

    @property
    def in_words(self) -> str:
        """The floor in a sentence."""
        return (
            f"A/A floor {100 * self.share:.1f} %: the largest difference of the baseline from itself ({self.how}, "
            f"{counted(self.cells, 'cell')}); nothing below it is claimed"
        )


def of(cells: list[Cell], header: Header) -> Floor | None:
    """Return the floor over ``cells`` of one task; None where there are fewer than two invocations of each.

    It comes from a true A/A pair where the run measured the baseline twice, else from the baseline's odd against its
    even invocations.
    """
    measured = [cell for cell in cells if cell.measured and cell.ranked and not cell.for_latency]
    baseline = [cell for cell in measured if cell.interpreter == header["baseline"] and not cell.runs_elsewhere]
    again = {cell.place: cell for cell in measured if cell.interpreter == header.get("baseline_repeat")}
    if again:
        how = "measured twice in this run"
        both = [(cell.throughputs, again[cell.place].throughputs) for cell in baseline if cell.place in again]
        pairs = [pair for pair in both if min(map(len, pair)) >= 2]
    else:
        how = "odd against even invocations"
        pairs = [(cell.throughputs[::2], cell.throughputs[1::2]) for cell in baseline if len(cell.throughputs) >= 4]
    share = significance.floor(pairs)
    return None if share is None else Floor(share, len(pairs), how)


def between_runs(a: list[Cell], b: list[Cell]) -> Floor | None:
    """Return how much the machine's pace differs between two runs, over the cells that both have.

    Each run's speeds are those at its own average pace. None where the pace is not known.
    """
    one, other = ({cell.key: cell for cell in cells if cell.even} for cells in (a, b))
    both = one.keys() & other.keys()
    if not both:
        return None
    change = statistics.fmean(_log_pace(other[key]) - _log_pace(one[key]) for key in both)
    return Floor(math.expm1(abs(change)), len(both), "the machine's pace, from run to run")


def _log_pace(cell: Cell) -> float:
    """Return the mean logarithm of the times of the work beside the iterations of ``cell``."""
    return statistics.fmean(
        math.log(time_ns) for each in cell.invocations for time_ns in invocation_times.paces_of(each)
    )
