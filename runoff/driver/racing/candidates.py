# Run by the driver (Python 3.9 upward): pure functions on throughputs.
"""What a racing run may choose from: a cell of one work, or one scenario's two that the decision weighs."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from runoff.driver.plan import SERIAL, PlannedCell
from runoff.records import cell_keys, record
from runoff.stats import intervals, significance
from runoff.stats.average_pace import Even, PacedStart
from runoff.stats.intervals import t_quantile
from runoff.stats.moderated import Prior
from runoff.stats.noise_of_kinds import CellKind
from runoff.stats.significance import Level

#: A candidate that still warms up is out when its fastest iteration is so many times slower than the best one is.
COMPILED = 3.0
#: Two starts that differ by more are not alike: a third tells which of them was usual.
UNLIKE = 1.15
TRIES = 5  # invocations, after which a number stays on what it rests on
MIXTURE = "{} and {}, half each".format(*record.DECIDED_BY)


@dataclass
class Seen:
    """A cell with its throughputs, in tasks per second.

    ``warming``: they are a lower bound. ``stays_warming``: no further invocation in this run would change that.
    ``tainted``: how many of them were disturbed. ``ceiling``: the speed of its fastest iteration. ``cost_s``: what
    another invocation takes. ``starts``: the throughputs with the machine's pace beside each, where that is known.
    ``shared``: the variance that evened throughputs have in common. ``invocations``: how many were made, those before
    the cell was warm included.
    """

    cell: PlannedCell
    values: list[float] = field(default_factory=list)
    warming: bool = False
    stays_warming: bool = False
    tainted: int = 0
    ceiling: float = 0.0
    cost_s: float = 1.0
    starts: list[PacedStart] = field(default_factory=list)
    shared: float = 0.0
    invocations: int = 0

    def evened(self, even: list[Even]) -> Seen:
        """Return it with the throughputs of ``even``, one for each of its starts; as it is where there are none."""
        return replace(self, values=[each.speed for each in even], shared=even[0].variance) if even else self

    @property
    def kind(self) -> CellKind:
        """Its task and its scenario: cells that have both in common are alike in noise."""
        return self.cell.task, self.cell.scenario

    @property
    def unconfirmed(self) -> bool:
        """Would a start more say whether to believe its number?

        It rests on a pilot alone, or on two starts that are not alike.
        """
        if self.warming or self.invocations >= TRIES:
            return False
        alone = len(self.values) == 1 < self.invocations
        return alone or (len(self.values) == 2 and max(self.values) > UNLIKE * min(self.values))

    @cached_property
    def speed(self) -> float:
        """The geometric mean of its throughputs."""
        return intervals.geometric_mean(self.values).value


@dataclass(frozen=True)
class Candidate:
    """Cells of one interpreter and scenario, each with the time that its work takes of the whole, per unit of speed."""

    parts: tuple[tuple[Seen, float], ...]

    @property
    def interpreter(self) -> str:
        """The label of its interpreter."""
        return self.parts[0][0].cell.interpreter

    @property
    def scenario(self) -> str:
        """The name of its scenario."""
        return self.parts[0][0].cell.scenario

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its cells."""
        return tuple(seen.cell.key for seen, _ in self.parts)

    @cached_property
    def speed(self) -> float:
        """How often it does the whole in a second."""
        return 1 / sum(weight / seen.speed for seen, weight in self.parts)

    @property
    def ceiling(self) -> float:
        """The speed of its fastest iterations."""
        return 1 / sum(weight / max(seen.ceiling, seen.speed) for seen, weight in self.parts)

    @property
    def limit(self) -> float:
        """The speed that no compiler can exceed, because the tasks wait."""
        waiting = sum(weight / seen.cell.limit for seen, weight in self.parts)
        return 1 / waiting if waiting else math.inf

    @property
    def count(self) -> int:
        """Its invocations: of the cell that has fewest."""
        return min(len(seen.values) for seen, _ in self.parts)

    @property
    def warming(self) -> bool:
        """Is its speed a lower bound?"""
        return any(seen.warming for seen, _ in self.parts)

    @property
    def stays_warming(self) -> bool:
        """Is its speed a lower bound that no further invocation in this run would change?"""
        return any(seen.stays_warming for seen, _ in self.parts)

    @property
    def may_warm(self) -> bool:
        """May another invocation show it warm?"""
        return self.warming and not self.stays_warming

    @property
    def disturbed(self) -> bool:
        """Was a cell of it disturbed in all of its invocations?"""
        return any(seen.tainted >= len(seen.values) for seen, _ in self.parts)

    @property
    def at_best(self) -> float:
        """The speed that it may have.

        After one start that is the speed of its fastest iteration: a disturbance may cover the others.
        """
        return self.ceiling if self.count == 1 else self.speed

    def may_win(self, best: Candidate) -> bool:
        """Return whether it may yet be as fast as ``best`` of its interpreter."""
        if self is best or min(self.count, best.count) > 1:
            return True
        if self.may_warm:
            return best.speed < min(COMPILED * self.ceiling, self.limit)
        return self.disturbed or best.speed < significance.HOPELESS * self.ceiling

    def luck(self, priors: dict[CellKind, Prior], risk: float, often: bool = False) -> float:
        """Return how many times faster it may be than its starts showed; it is more at ``risk``.

        ``often``: see significance.luck.
        """
        level = self.level(priors)
        if self.count > 1 and level.variance is not None:
            by_its_noise = math.exp(t_quantile(1 - risk, level.freedom) * math.sqrt(level.variance))
            return max(1.0 if often else significance.one_unlucky(self.count), by_its_noise)
        return max(significance.luck(seen.values, priors.get(seen.kind), risk, often) for seen, _ in self.parts)

    def level(self, priors: dict[CellKind, Prior]) -> Level:
        """Return its speed with its error; of several cells as of a sum of times, in which each has its share.

        ``priors``: what the other cells of each kind say of its noise.
        """
        levels = [
            (significance.level(seen.values, priors.get(seen.kind), seen.shared), weight / seen.speed)
            for seen, weight in self.parts
        ]
        if len(levels) == 1:
            return levels[0][0]
        whole = sum(time for _, time in levels)
        if any(level.variance is None for level, _ in levels):
            return Level(-math.log(whole), None, 0, self.count, False)
        parts = [((time / whole) ** 2 * (level.variance or 0.0), level.freedom) for level, time in levels]
        # What the cells have in common does not even out between them.
        shared = sum(time / whole * math.sqrt(level.shared) for level, time in levels) ** 2
        own = sum((time / whole) ** 2 * max(0.0, (level.variance or 0.0) - level.shared) for level, time in levels)
        variance = own + shared
        curvature = sum(each**2 / freedom for each, freedom in parts)
        freedom = variance**2 / curvature if curvature else math.inf
        moderated = any(level.moderated for level, _ in levels)
        return Level(-math.log(whole), variance, freedom, self.count, moderated, shared)


def of_works(seen: Iterable[Seen], baseline: str, not_recommended: Collection[str] = ()) -> dict[str, list[Candidate]]:
    """Return {work: its candidates}, and those of the mixture that the decision is made by where both works are there.

    The mixture has none of the interpreters ``not_recommended``. What workers of another interpreter did for a cell's
    own stands apart.
    """
    works: dict[str, list[Candidate]] = {}
    for each in seen:
        if each.values and "worker_interpreter" not in dict(each.cell.parameters):
            works.setdefault(cell_keys.work_key(each.cell.data), []).append(Candidate(((each, 1.0),)))
    halves = [_of_task(works, task) for task in record.DECIDED_BY]
    today = [_today(half, baseline) for half in halves]
    if all(today):
        mixed = [
            Candidate(tuple((one.parts[0][0], (by or one).speed / 2) for one, by in zip(pair, today)))
            for pair in _pairs(*halves)
            if pair[0].interpreter not in not_recommended
        ]
        works[MIXTURE] = mixed
    return {work: candidates for work, candidates in works.items() if candidates}


def _of_task(works: dict[str, list[Candidate]], task: str) -> list[Candidate]:
    return [each for work in works.values() for each in work if each.parts[0][0].cell.task == task]


def _today(candidates: list[Candidate], baseline: str) -> Candidate | None:
    """Return today's program: the baseline's serial cell."""
    own = (each for each in candidates if each.interpreter == baseline and each.scenario == SERIAL)
    return next(own, None)


def _pairs(computes: list[Candidate], waits: list[Candidate]) -> Iterable[tuple[Candidate, Candidate]]:
    """Yield the pairs of one interpreter and scenario; of several sizes the fastest."""
    fastest = [_fastest_of_each(half) for half in (computes, waits)]
    for key, one in fastest[0].items():
        if key in fastest[1]:
            yield one, fastest[1][key]


def _fastest_of_each(candidates: list[Candidate]) -> dict[tuple[str, str], Candidate]:
    found: dict[tuple[str, str], Candidate] = {}
    for each in candidates:
        key = each.interpreter, each.scenario
        if key not in found or each.speed > found[key].speed:
            found[key] = each
    return found
