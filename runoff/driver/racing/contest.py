# Run by the driver (Python 3.9 upward): pure functions on throughputs.
"""What a reader asks of one work: is its leader the best, and who is faster than the baseline?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from runoff.driver.racing.candidates import Candidate
from runoff.driver.racing.rules import Rules

QuestionKey = tuple[tuple[str, ...], tuple[str, ...], bool]
Pair = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Question:
    """Is ``one`` faster than ``other``? ``of_leader``: it is asked to name the leader of ``work``, not for a ratio."""

    work: str
    one: Candidate
    other: Candidate
    of_leader: bool = False

    @property
    def key(self) -> QuestionKey:
        """What tells it from the other questions of a race."""
        return self.one.keys, self.other.keys, self.of_leader

    @property
    def pair(self) -> Pair:
        """What it compares, whatever it is asked for."""
        return frozenset((self.one.keys, self.other.keys))

    @property
    def count(self) -> int:
        """The invocations of the side that has fewest."""
        return min(self.one.count, self.other.count)

    @property
    def slower(self) -> Candidate:
        """The side that has been slower so far."""
        return min(self.one, self.other, key=lambda each: each.speed)


class Contest:
    """The candidates of one ``work``.

    ``best``: the fastest of each interpreter. ``contending``: of each interpreter those that may yet be its best.
    ``rivals``: whom ``leader`` is held against, of one interpreter alone its other scenarios.
    """

    def __init__(self, work: str, of_work: Iterable[Candidate], rules: Rules) -> None:
        self.work = work
        self._rules = rules
        own: dict[str, list[Candidate]] = {}
        for each in of_work:
            own.setdefault(each.interpreter, []).append(each)
        self.best = {label: self._best(found) for label, found in own.items()}
        self.contending = {
            label: [each for each in found if each.may_win(self.best[label]) or rules.is_today(each)]
            for label, found in own.items()
        }
        self.leader = _fastest(self.best.values())
        rivals = list(self.best.values()) if len(own) > 1 else self.contending[self.leader.interpreter]
        self.rivals = [each for each in rivals if each is not self.leader]

    def _best(self, own: Iterable[Candidate]) -> Candidate:
        """Return the fastest of one interpreter; one that was started too seldom yields to one that was not."""
        return max(own, key=lambda each: (each.count >= self._rules.min_invocations, each.speed))

    @property
    def second(self) -> Candidate:
        """The fastest of the rivals."""
        return _fastest(self.rivals)

    @cached_property
    def of_leader(self) -> list[Question]:
        """Is the leader faster than each rival? Of two interpreters that is the question for their ratio."""
        named = len(self.best) != 2
        return [Question(self.work, self.leader, each, of_leader=named) for each in self.rivals]

    @cached_property
    def questions(self) -> list[Question]:
        """What a reader wants to know; of one interpreter alone it is whether its best scenario is."""
        baseline = self._rules.baseline
        own = self.contending.get(baseline, ())
        reference = next(filter(self._rules.is_today, own), self.best.get(baseline))
        if reference is None:
            return self.of_leader
        others = [each for each in self.best.values() if each is not reference]
        return [*self.of_leader, *(Question(self.work, each, reference) for each in others)]


def _fastest(found: Iterable[Candidate]) -> Candidate:
    return max(found, key=lambda each: each.speed)
