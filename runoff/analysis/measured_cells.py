# Run by the report (Python 3.9 upward).
"""Which cells of a run count for what; the terminal, the page and every picture use these."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from runoff.analysis import aa_floor
from runoff.analysis.aa_floor import Floor
from runoff.analysis.cells.cell import FOR_CURVES, NOT_REACHED, Cell
from runoff.analysis.cells.comparing import best_of, best_of_each, compare, compared_together, first_look
from runoff.analysis.cells.gathering import gather
from runoff.analysis.deployable.order import ordered
from runoff.analysis.interference import is_probe
from runoff.analysis.sweep_lines import in_a_line
from runoff.records import record
from runoff.records.record import OVERHEAD
from runoff.records.schema import Header
from runoff.stats import promise, significance
from runoff.stats.promise import CellSpeed, Share
from runoff.stats.significance import Comparison


@dataclass(frozen=True)
class MeasuredCells:
    """The cells of one run; ``every`` holds the baseline's repeat too, which serves the A/A floor alone."""

    header: Header
    every: list[Cell]

    @classmethod
    def of(cls, run: record.Run) -> MeasuredCells:
        """Gather the cells of ``run``."""
        return cls(run.header, gather(run))

    @property
    def baseline(self) -> str:
        """The interpreter that ratios are taken against."""
        return str(self.header["baseline"])

    @property
    def labels(self) -> list[str]:
        """The interpreters of the run, in the order in which they are shown."""
        return ordered(self.header["interpreters"])

    @cached_property
    def planned(self) -> list[Cell]:
        """All cells but those of the baseline's repeat, with or without a number."""
        return [cell for cell in self.every if cell.interpreter != self.header.get("baseline_repeat")]

    @cached_property
    def completed(self) -> list[Cell]:
        """The planned cells of which an invocation succeeded."""
        return [cell for cell in self.planned if cell.measured]

    @cached_property
    def measured(self) -> list[Cell]:
        """Cells with a measured throughput: neither driven at a given load nor a probe beside other work."""
        return [cell for cell in self.completed if not cell.for_latency and not is_probe(cell)]

    @cached_property
    def ranked(self) -> list[Cell]:
        """Measured cells with a speed that can be ranked."""
        return [cell for cell in self.measured if cell.ranked]

    @cached_property
    def driven(self) -> list[Cell]:
        """Cells driven at a given load, for their latency."""
        return [cell for cell in self.completed if cell.for_latency]

    @cached_property
    def probes(self) -> list[Cell]:
        """The latency probes."""
        return [cell for cell in self.completed if is_probe(cell)]

    @cached_property
    def by_itself(self) -> list[Cell]:
        """Measured cells that are no point of a sweep, which has a table and a picture of its own."""
        swept = in_a_line(self.measured)
        return [cell for cell in self.measured if id(cell) not in swept]

    @cached_property
    def works(self) -> dict[str, str]:
        """{task: its main work}, for each task that interpreters are chosen by, in the plan's order.

        A task of which nothing was measured is among them, so that its reasons are shown.
        """
        measured = {cell.task for cell in self.measured}
        failed = [cell for cell in self.planned if cell.task not in measured]
        found = main_works([*self.by_itself, *(cell for cell in failed if not cell.for_latency and not is_probe(cell))])
        order = dict.fromkeys(cell.task for cell in self.planned)
        return {task: found[task] for task in order if task in found and task not in (OVERHEAD, *FOR_CURVES)}

    @cached_property
    def promised(self) -> dict[str, Share]:
        """What shares of an interpreter's best the cells reached: {a cell without its interpreter: the shares}."""
        return promise.promises(
            CellSpeed(cell.interpreter, cell.work, cell.like, cell.throughput.value)
            for cell in self.measured
            if not cell.runs_elsewhere
        )

    def of_work(self, work: str) -> list[Cell]:
        """Return the measured cells of ``work``."""
        return [cell for cell in self.measured if cell.work == work]

    def reference(self, work: str) -> Cell | None:
        """Return the cell that ratios are against: the baseline's best, or what the person has today.

        None where it has no number.
        """
        of_work = self.of_work(work)
        if "today" not in self.header:
            return best_of_each(of_work).get(self.baseline)
        today = self.header["today"]
        own = [
            cell for cell in of_work if (cell.interpreter, cell.scenario) == (today["interpreter"], today["scenario"])
        ]
        return best_of(own) if own else None

    def pairs(self, work: str) -> list[tuple[Cell, Cell]]:
        """Return each other interpreter's best at ``work`` with what it is held against, where both have a rank."""
        reference = self.reference(work)
        if reference is None or not reference.ranked:
            return []
        best = best_of_each(self.of_work(work)).values()
        return [(cell, reference) for cell in best if cell is not reference and cell.ranked]

    @cached_property
    def sharing(self) -> dict[str, int]:
        """{interpreter: how many of its comparisons, over all tasks, share its risk of a wrong claim}."""
        found: dict[str, list[Comparison]] = {}
        for work in self.works.values():
            for cell, reference in self.pairs(work):
                found.setdefault(cell.interpreter, []).append(compare(cell, reference))
        looked = first_look(self.header)
        return {label: significance.count_sharing(compared, looked) for label, compared in found.items()}

    @cached_property
    def over_baseline(self) -> dict[int, tuple[Cell, Comparison, str]]:
        """{id of a ranked cell: (the baseline's same cell, how much faster it is than that, the verdict)}.

        Cells of one work are compared together.
        """
        same = {cell.place: cell for cell in self.ranked if cell.interpreter == self.baseline}
        found: dict[int, tuple[Cell, Comparison, str]] = {}
        for work in dict.fromkeys(cell.work for cell in self.ranked):
            pairs = [
                (cell, same[cell.place])
                for cell in self.ranked
                if cell.work == work and cell.interpreter != self.baseline and cell.place in same
            ]
            floor, compared = self.floor(work), compared_together(pairs, self.header)
            verdicts = significance.verdicts(compared, floor.share if floor else 0.0)
            for (cell, reference), comparison, verdict in zip(pairs, compared, verdicts):
                found[id(cell)] = (reference, comparison, verdict)
        return found

    def floor(self, work: str) -> Floor | None:
        """Return the A/A floor of ``work``: other sizes of its task are other work, and have other noise."""
        return aa_floor.of([cell for cell in self.every if cell.work == work], self.header)


def main_works(cells: Iterable[Cell]) -> dict[str, str]:
    """Return {task: its main work}: what most cells that are not serial did, and of those the largest batch."""
    by_task: dict[str, list[Cell]] = {}
    for cell in cells:
        by_task.setdefault(cell.task, []).append(cell)
    found = {}
    for task, of_task in by_task.items():
        counts = Counter(cell.work for cell in of_task if cell.scenario != "serial")
        found[task] = max(of_task, key=lambda cell: (counts[cell.work], cell.batch)).work
    return found


def count_outcomes(cells: Iterable[Cell]) -> dict[str, int]:
    """Return {outcome: how many of ``cells`` had it}, what went well first."""
    counts = Counter(cell.outcome for cell in cells)
    return {outcome: counts[outcome] for outcome in (*record.STATUSES, NOT_REACHED) if counts[outcome]}


def of_main_works(cells: list[Cell]) -> list[Cell]:
    """Return the cells that did the main work of their task."""
    works = main_works(cells)
    return [cell for cell in cells if cell.work == works[cell.task]]
