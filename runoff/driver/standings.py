# Run by the driver (Python 3.9 upward): pure functions on throughputs.
"""What a racing run knows so far: who leads each work, what is decided, and which cells are still worth a start.

Racing (Maron and Moore 1994): after each block, a cell that can no longer be its interpreter's best gets no more
invocations, and the time goes where a decision hangs. A decision is looked at when its cells have had
``min_invocations``, and then each time that their number has doubled. The intervals hold at all of these looks
together, so that stopping by what was seen claims no more than a fixed run would (Lan and DeMets 1983).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from runoff.driver.plan import Cell
from runoff.records import record
from runoff.records.schema import Today
from runoff.stats import intervals, significance
from runoff.stats.significance import FASTER, SAME, SLOWER, Comparison

#: A cell that is so many times slower than its interpreter's best is out: after one undisturbed invocation, after two.
HOPELESS = {1: 2.5, 2: 1.5}
DECIDED, TIED, TIED_SO_FAR, LEADING, ALONE = "decided", "tied", "tied so far", "leading", "alone"


def looks(min_invocations: int, max_invocations: int) -> int:
    """Return how often a decision is looked at: at ``min_invocations``, at twice as many ..., and at the end."""
    return 1 + math.ceil(math.log2(max(1.0, max_invocations / min_invocations)))


@dataclass
class Seen:
    """A cell with its throughputs, in tasks per second. ``warming``: they are a lower bound."""

    cell: Cell
    values: list[float] = field(default_factory=list)
    warming: bool = False
    tainted: int = 0

    @property
    def speed(self) -> float:
        """The geometric mean of its throughputs; 0 before the first."""
        return intervals.geometric_mean(self.values).value if self.values else 0.0


@dataclass(frozen=True)
class Row:
    """The state of one work, as a person sees it."""

    work: str
    leader: str
    ratio: str
    state: str

    @property
    def settled(self) -> bool:
        """Whether more invocations would change nothing."""
        return self.state in (DECIDED, TIED)


@dataclass(frozen=True)
class _Question:
    one: Seen
    other: Seen


class Standings:
    """The works of one run. ``update`` after each block, then ask for ``open`` cells and ``rows``.

    ``today``, where a person names what they have, stands for the baseline's best.
    """

    def __init__(
        self,
        cells: Iterable[Cell],
        baseline: str,
        min_invocations: int,
        max_invocations: int,
        today: Today | None = None,
    ) -> None:
        self._baseline = baseline
        self._today = today
        self._min_invocations = min_invocations
        self._looks = looks(min_invocations, max_invocations)
        self._works: dict[str, list[Seen]] = {}
        self._decided: dict[tuple[str, str], str] = {}
        for cell in cells:
            if not cell.driven and "kills" not in dict(cell.parameters):
                self._works.setdefault(record.work_key(cell.data), []).append(Seen(cell))

    def update(self, key: str, values: list[float], warming: bool, tainted: int) -> None:
        """Replace what is known of the cell ``key``."""
        for seen in self._every():
            if seen.cell.key == key:
                seen.values, seen.warming, seen.tainted = values, warming, tainted

    def _every(self) -> Iterable[Seen]:
        return (seen for cells in self._works.values() for seen in cells)

    def open(self) -> set[str]:
        """Return the keys of the cells that are worth another invocation."""
        return {key for work in self._works for key in self._open(work)}

    def _open(self, work: str) -> set[str]:
        contenders = self._contenders(work)
        elsewhere = [seen for seen in self._works[work] if seen.values and _elsewhere(seen.cell)]
        wanted = {
            seen.cell.key
            for cells in (*contenders.values(), elsewhere)
            for seen in cells
            if len(seen.values) < self._min_invocations
        }
        for question in self._questions(work):
            if self._answer(work, question) is None:
                of = {question.one.cell.interpreter, question.other.cell.interpreter}
                wanted |= {seen.cell.key for label in of for seen in contenders.get(label, ())}
        return wanted

    def urgent(self) -> set[str]:
        """Return the open cells that decide who leads: those of the leader, of the second, and of the baseline."""
        keys: set[str] = set()
        for work in self._works:
            contenders = self._contenders(work)
            ranked = sorted(contenders, key=lambda label: -_best(contenders[label]).speed)
            near = {*ranked[:2], self._baseline}
            keys |= {seen.cell.key for label in near for seen in contenders.get(label, ())}
        return keys & self.open()

    def _contenders(self, work: str) -> dict[str, list[Seen]]:
        """Return {interpreter: its cells that may yet be its best}, without those that another one's workers ran."""
        own: dict[str, list[Seen]] = {}
        for seen in self._works[work]:
            if seen.values and not _elsewhere(seen.cell):
                own.setdefault(seen.cell.interpreter, []).append(seen)
        return {label: [seen for seen in cells if self._may_win(seen, _best(cells))] for label, cells in own.items()}

    def _is_today(self, seen: Seen) -> bool:
        """Return whether ``seen`` is what the person has now: every ratio is against it, however slow it is."""
        names = {"interpreter": seen.cell.interpreter, "scenario": seen.cell.scenario}
        return self._today is not None and self._today == names

    def _may_win(self, seen: Seen, best: Seen) -> bool:
        if seen is best or seen.warming or self._is_today(seen):
            return True
        count = min(len(seen.values), len(best.values))
        limit = HOPELESS.get(count)
        if limit is not None:
            return seen.tainted >= len(seen.values) or best.speed / seen.speed < limit
        return self._compared(best, seen, 1).ratio.low <= 1  # type: ignore[operator]  # two invocations have one

    def _questions(self, work: str) -> list[_Question]:
        """Return the comparisons that a reader wants to see.

        They are each interpreter against the baseline, and the leader against every other interpreter and against the
        other scenarios of its own.
        """
        contenders = self._contenders(work)
        best = {label: _best(cells) for label, cells in contenders.items()}
        if not best:
            return []
        leader = _best(best.values())
        found = [_Question(leader, seen) for seen in best.values() if seen is not leader]
        found += [_Question(leader, seen) for seen in contenders[leader.cell.interpreter] if seen is not leader]
        reference = next(filter(self._is_today, contenders.get(self._baseline, ())), best.get(self._baseline))
        if reference is not None and reference is not leader:
            found += [_Question(seen, reference) for seen in best.values() if seen not in (leader, reference)]
            if self._is_today(reference) and leader.cell.interpreter != reference.cell.interpreter:
                found.append(_Question(leader, reference))
        return found

    def _answer(self, work: str, question: _Question) -> str | None:
        """Return the verdict, or None while the question is open; a verdict once given stays.

        Look only when the number of invocations is on the ladder.
        """
        key = (question.one.cell.key, question.other.cell.key)
        count = min(len(question.one.values), len(question.other.values))
        if key not in self._decided and count in self._ladder():
            together = max(1, len({seen.cell.interpreter for seen in self._works[work]}) - 1)
            verdict = significance.verdict(self._compared(question.one, question.other, together))
            if verdict in (FASTER, SLOWER, SAME) or verdict.startswith((significance.AT_LEAST, significance.AT_MOST)):
                self._decided[key] = verdict
        return self._decided.get(key)

    def _ladder(self) -> list[int]:
        return [self._min_invocations * 2**look for look in range(self._looks)]

    def _compared(self, one: Seen, other: Seen, together: int) -> Comparison:
        risk = (1 - intervals.CONFIDENCE) / (together * self._looks)
        compared = significance.compare(one.values, other.values)
        return replace(compared, risk=risk, warming=(one.warming, other.warming))

    def rows(self) -> list[Row]:
        """Return one row for each work that has been measured, in the order of the plan."""
        return [row for work in self._works if (row := self._row(work)) is not None]

    def _row(self, work: str) -> Row | None:
        best = {label: _best(cells) for label, cells in self._contenders(work).items()}
        if not best:
            return None
        leader = _best(best.values())
        name = f"{leader.cell.interpreter} {leader.cell.scenario}"
        others = [seen for label, seen in best.items() if label != leader.cell.interpreter]
        if not others:
            return Row(work, name, f"{leader.speed:.3g} tasks/s", ALONE if not self._open(work) else LEADING)
        # What is hopelessly behind is no rival, however few invocations it has had.
        rivals = [seen for seen in others if len(seen.values) >= self._min_invocations or self._may_win(seen, leader)]
        second = _best(rivals or others)
        verdict = self._answer(work, _Question(leader, second))
        state = {SAME: TIED, FASTER: DECIDED}.get(verdict or "", LEADING)
        if verdict is None and leader.speed < second.speed * (1 + significance.EQUIVALENT):
            state = TIED_SO_FAR
        return Row(work, name, f"{leader.speed / second.speed:.3g} times {second.cell.interpreter}", state)


def _elsewhere(cell: Cell) -> bool:
    """Return whether workers of another interpreter do its work."""
    return "worker_interpreter" in dict(cell.parameters)


def _best(cells: Iterable[Seen]) -> Seen:
    return max(cells, key=lambda seen: seen.speed)
