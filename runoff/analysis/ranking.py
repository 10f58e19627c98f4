# Run by the report (Python 3.9 upward).
"""The ranking of interpreters by their best scenario at one work, for terminal, page, pictures and compare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from runoff.analysis.aa_floor import Floor
from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import best_of_each, compare, compared_together
from runoff.analysis.measured_cells import MeasuredCells
from runoff.records.schema import Header
from runoff.stats import promise, significance
from runoff.stats.intervals import Estimate
from runoff.stats.significance import Comparison

BASELINE = "baseline"
NOT_RANKED = "not ranked"  # it has no steady state
NO_BASELINE = "no baseline"  # the baseline has no number to be compared with


@dataclass(frozen=True)
class Place:
    """One interpreter's best cell; ``comparison`` is with the baseline's best, None without one."""

    cell: Cell
    comparison: Comparison | None
    verdict: str
    over_serial: Estimate | None

    @property
    def interpreter(self) -> str:
        """The label of the interpreter."""
        return self.cell.interpreter

    @property
    def ratio(self) -> Estimate | None:
        """Its speed over the baseline's, with the interval."""
        return self.comparison.ratio if self.comparison else None


@dataclass(frozen=True)
class Ranking:
    """The places of all interpreters at ``work``, fastest first; those without a rank come last."""

    work: str
    floor: Floor | None
    places: list[Place]

    @cached_property
    def by_interpreter(self) -> dict[str, Place]:
        """The places by interpreter."""
        return {place.interpreter: place for place in self.places}


def rank(cells: MeasuredCells, work: str) -> Ranking:
    """Rank the interpreters of ``cells`` at ``work``, each by its best scenario, against the baseline's best.

    What a person has today, where a run names it, takes the place of the baseline's best.
    """
    of_work = cells.of_work(work)
    best = best_of_each(of_work)
    serial = {cell.interpreter: cell for cell in of_work if cell.scenario == "serial"}
    reference = cells.reference(work)
    pairs, floor = cells.pairs(work), cells.floor(work)
    chosen_by = work in cells.works.values()
    sharing = [cells.sharing[cell.interpreter] for cell, _ in pairs] if chosen_by else None
    compared = against(pairs, floor, cells.header, sharing=sharing)
    found = {
        pair[0].interpreter: (comparison, _doubt(cells, pair, count, verdict) or verdict)
        for pair, count, (comparison, verdict) in zip(pairs, sharing or [len(pairs)] * len(pairs), compared)
    }
    places = []
    for label, cell in best.items():
        comparison, verdict = found.get(label, (None, NO_BASELINE if cell.ranked else NOT_RANKED))
        alone = serial.get(label)
        over_serial = compare(cell, alone).ratio if alone and cell.ranked else None
        places.append(Place(cell, comparison, BASELINE if cell is reference else verdict, over_serial))
    places.sort(key=lambda place: (not place.cell.ranked, -place.cell.throughput.value))
    return Ranking(work, floor, places)


def _doubt(cells: MeasuredCells, pair: tuple[Cell, Cell], sharing: int, verdict: str) -> str | None:
    """Return why ``verdict`` cannot be told: another scenario of the slower one may be faster than it showed.

    A race starts those seldom. It starts them before it decides, if its budget permits.
    """
    slow, fast = sorted(pair, key=lambda cell: cell.throughput.value)
    if verdict == significance.SAME or verdict.startswith(significance.UNKNOWN) or slow.interpreter == fast.interpreter:
        return None
    risk = significance.UNLUCKY / sharing
    for cell in cells.planned:
        if cell.interpreter != slow.interpreter or cell.work != slow.work or cell.for_latency or cell.runs_elsewhere:
            continue
        if cell.unmeasured:
            reach = promise.may_reach(cells.promised, cell.like, slow.like, slow.throughput.value)
        elif cell.key == slow.key or not cell.measured or not cell.ranked or _left_behind(cell, slow):
            continue
        else:
            at_best = cell.ceiling if len(cell.throughputs) == 1 else cell.throughput.value
            often = len(cell.throughputs) > len(slow.throughputs)
            reach = at_best * significance.luck(cell.throughputs, cell.prior, risk, often)
        if reach >= fast.throughput.value:
            return f"{significance.UNKNOWN} ({cell.scenario} of {slow.interpreter} was started too seldom: --resume)"
    return None


def _left_behind(cell: Cell, best: Cell) -> bool:
    """Return whether a race starts ``cell`` no more, after one start that was warm and undisturbed.

    It is then so far behind ``best`` of its interpreter as in runoff/driver/racing/candidates.py.
    """
    once = len(cell.throughputs) == 1 and not cell.warming and not cell.tainted
    return once and significance.HOPELESS * cell.ceiling <= best.throughput.value


def against(
    pairs: Sequence[tuple[Cell, Cell]],
    floor: Floor | None,
    header: Header,
    margin: float = significance.EQUIVALENT,
    sharing: list[int] | None = None,
) -> list[tuple[Comparison, str]]:
    """Compare pairs that are shown together; return (how much faster the first is, the verdict) of each.

    ``sharing``: with how many each shares its risk, where it is not with all of these.
    """
    compared = compared_together(pairs, header, sharing)
    return list(zip(compared, significance.verdicts(compared, floor.share if floor else 0.0, margin)))
