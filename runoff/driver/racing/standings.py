# Run by the driver (Python 3.9 upward): pure functions on throughputs.
"""What a racing run knows so far: who leads each work, what is decided, and which cells are still worth a start.

Racing (Maron and Moore 1994): each cell is measured once. Then the time goes to the questions that a reader has: each
interpreter's best against the baseline's, and the leader against every other interpreter (``contest``). Only the best
of two interpreters answer a question, so a cell gets further starts while it is, or may soon be, its interpreter's
best, and while the time left can answer one of its questions (``prices``). When a question is answered, and at which
risk, is in ``answers``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from runoff.driver.plan import PlannedCell
from runoff.driver.racing import candidates, prices
from runoff.driver.racing.answers import Answers
from runoff.driver.racing.candidates import Seen
from runoff.driver.racing.contest import Contest, Question
from runoff.driver.racing.known_cells import KnownCells
from runoff.driver.racing.prices import Price
from runoff.driver.racing.rules import Rules
from runoff.stats import significance

#: What was started too seldom is started again while it is so many times faster than its interpreter's best.
PROMISING = 1.05
NOT_RECOMMENDED = 2  # the rank of what the decision leaves out; see Price
DECIDED, TIED, TIED_SO_FAR, LEADING, ALONE = "decided", "tied", "tied so far", "leading", "alone"


@dataclass(frozen=True)
class Standing:
    """The state of one work, as a person sees it."""

    work: str
    leader: str
    ratio: str
    state: str

    @property
    def settled(self) -> bool:
        """Is there nothing more to be learnt of it?"""
        return self.state in (DECIDED, TIED)


class Standings:
    """The works of one run. ``update`` and ``look`` after each invocation, then ask for ``open`` cells and ``rows``."""

    def __init__(self, cells: Iterable[PlannedCell], rules: Rules) -> None:
        self._rules = rules
        self._known = KnownCells(cells)
        self._answers = Answers(rules, self._known)
        self._contests: dict[str, Contest] = {}
        self._prices: dict[str, list[Price]] = {}

    def update(self, now: Seen) -> None:
        """Replace what is known of one cell."""
        self._known.update(now)

    def drop(self, cell: PlannedCell) -> None:
        """Forget ``cell``, which cannot be measured."""
        self._known.drop(cell)

    def promise(self, cell: PlannedCell) -> float:
        """Return what share of an interpreter's best ``cell`` may reach; see KnownCells.promise."""
        return self._known.promise(cell)

    def is_look(self, count: int) -> bool:
        """Return whether a question is looked at when its cells have had ``count`` invocations."""
        return self._rules.is_look(count)

    def look(self) -> None:
        """Learn how noisy cells are, then answer the questions that are due in works of which more is known."""
        works = candidates.of_works(self._known.learn(), self._rules.baseline, self._rules.past_support)
        changed = {work: Contest(work, works[work], self._rules) for work in works if work in self._known.changed}
        contests = {**self._contests, **changed}
        self._contests = {work: contests[work] for work in works}
        self._answers.look(self._contests.values(), changed.values())
        for work, contest in changed.items():
            asked = [each for each in self._answers.unanswered(contest) if not self._answers.is_doubted(each)]
            self._prices[work] = [self._price(each) for each in asked if not each.slower.stays_warming]
        self._known.changed.clear()

    def open(self, left_s: float = math.inf) -> list[str]:
        """Return the keys of the cells that are worth another invocation, those with the cheapest answers first.

        First come cells that were started too seldom, those of the fastest interpreters before others, or whose number
        nothing confirms. Then those whose questions can be answered in ``left_s``, or, if none can, those of the
        cheapest. In both, those of the decision come first.
        Interpreters that it does not recommend take what the answers about the others leave.
        """
        contests = sorted(self._contests.values(), key=lambda each: each.work != candidates.MIXTURE)
        places = [(each.work != candidates.MIXTURE, *few) for each in contests for few in self._few(each)]
        few = {key: seen for *_, key in sorted(places) if (seen := self._known.get(key))}
        few.update(self._known.unconfirmed())
        late = {key: seen for key, seen in few.items() if seen.cell.interpreter in self._rules.past_support}
        asked = [*self._open_prices(), *(Price({key: seen.cost_s}, 1, NOT_RECOMMENDED) for key, seen in late.items())]
        paid = prices.affordable(asked, left_s) or sorted(asked, key=lambda each: each.alone_s)[:1]
        soon = [key for key in few if key not in late]
        return list(dict.fromkeys([*soon, *(key for price in paid for key in price.cells)]))

    def count_unanswered(self) -> int:
        """Return how many comparisons have no answer yet; one may be asked for two reasons."""
        return sum(len({each.pair for each in self._answers.unanswered(found)}) for found in self._contests.values())

    def count_answerable_in(self, seconds: float) -> int:
        """Return how many of them should have one after so many seconds more."""
        asked = self._open_prices()
        paid = prices.affordable(asked, seconds)
        open_then = {frozenset(price.cells) for price in asked if price not in paid}
        return len({frozenset(price.cells) for price in paid} - open_then)

    def _open_prices(self) -> list[Price]:
        return [price for work in self._contests for price in self._prices[work]]

    def _few(self, contest: Contest) -> list[tuple[int, str]]:
        """Return the cells that need another start before a question about them can be answered.

        Each is (how many interpreters are faster; 0 for the baseline and what is doubted, its key).
        """
        wanted = [(0, key) for key in sorted(self._answers.doubts(contest.work))]
        fastest = sorted(contest.best, key=lambda label: -contest.best[label].speed)
        for label, own in contest.contending.items():
            best = contest.best[label]
            place = 0 if label == self._rules.baseline else fastest.index(label)
            few = [each for each in own if each.count < self._rules.min_invocations]
            near = [each for each in few if each.may_warm or each.speed > PROMISING * best.speed]
            wanted += [
                (place, key)
                for each in few
                if each in near or each is best or self._rules.is_today(each)
                for key in each.keys
            ]
        return wanted

    def _price(self, question: Question) -> Price:
        costs_s = {seen.cell.key: seen.cost_s for side in (question.one, question.other) for seen, _ in side.parts}
        compared, sharing = self._answers.compared(question), self._answers.sharing_with(question)
        return prices.of(costs_s, compared, self._rules.min_invocations, sharing, self._rank(question))

    def _rank(self, question: Question) -> int:
        """Return 0 for a question of the decision, 1 for another, or NOT_RECOMMENDED."""
        if {question.one.interpreter, question.other.interpreter}.intersection(self._rules.past_support):
            return NOT_RECOMMENDED
        return int(question.work != candidates.MIXTURE)

    def rows(self) -> list[Standing]:
        """Return one row a work that has been measured, in the order of the plan; what decides over all comes last."""
        return [self._row(contest) for contest in self._contests.values()]

    def _row(self, contest: Contest) -> Standing:
        work, leader = contest.work, contest.leader
        name = f"{leader.interpreter} {leader.scenario}"
        if len(contest.best) == 1:
            is_open = self._few(contest) or self._answers.unanswered(contest)
            return Standing(work, name, f"{leader.speed:.3g} {self._unit(work)}", LEADING if is_open else ALONE)
        second = contest.second
        verdicts = [self._answers.verdict(each) for each in contest.of_leader]
        if all(map(significance.says_faster, verdicts)):
            state = DECIDED
        elif all(verdicts):
            state = TIED
        else:
            near = leader.speed < second.speed * (1 + significance.EQUIVALENT)
            state = TIED_SO_FAR if near else LEADING
        bound = "at least " if leader.warming else ""
        return Standing(work, name, f"{bound}{leader.speed / second.speed:.3g} times {second.interpreter}", state)

    def _unit(self, work: str) -> str:
        """Return in what the speed of ``work`` is; in the mixture today's program has 1 (candidates.of_works)."""
        return f"times {self._rules.baseline} serial" if work == candidates.MIXTURE else "tasks/s"
