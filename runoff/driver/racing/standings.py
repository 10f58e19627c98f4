# Run by the driver (Python 3.9 upward): pure functions on throughputs.
"""What a racing run knows so far: who leads each work, what is decided, and which cells are still worth a start.

Racing (Maron and Moore 1994): each cell is measured once. Then the time goes to the questions that a reader has: each
interpreter's best against the baseline's, and the leader against every other interpreter. Only the best of two
interpreters answer a question, so a cell gets further starts while it is, or may soon be, its interpreter's best, and
while the time left can answer one of its questions (``prices``). A question is looked at when its cells have had
``min_invocations``, and then each time that their number has doubled; the intervals hold at all of these looks
together, so that stopping by what was seen claims no more than a fixed run would (Lan and DeMets 1983). Whether the
leader is the best is one question: when it is told apart from the nearest one at a risk, it is from all of them (Hung
and Fithian 2019). The comparisons of one interpreter with the baseline, at all works, share one risk. What is told
apart leaves its share to the others (Holm 1979; at several looks, Maurer and Bretz 2013). What decides over all has its
own risk.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from itertools import islice

from runoff.driver.plan import PlannedCell
from runoff.driver.racing import candidates, prices
from runoff.driver.racing.candidates import Candidate, Seen
from runoff.driver.racing.prices import Price
from runoff.records import cell_keys, record
from runoff.records.schema import Today
from runoff.stats import average_pace, noise_of_kinds, promise, significance
from runoff.stats.moderated import Prior
from runoff.stats.noise_of_kinds import CellKind
from runoff.stats.promise import CellSpeed, Share
from runoff.stats.significance import SAME, Comparison

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


_Key = tuple[tuple[str, ...], tuple[str, ...], bool]
_Pair = frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class _Question:
    """Is ``one`` faster than ``other``? ``of_leader``: it is asked to name the leader of ``work``, not for a ratio."""

    work: str
    one: Candidate
    other: Candidate
    of_leader: bool = False

    @property
    def key(self) -> _Key:
        return self.one.keys, self.other.keys, self.of_leader

    @property
    def pair(self) -> _Pair:
        return frozenset((self.one.keys, self.other.keys))

    @property
    def count(self) -> int:
        return min(self.one.count, self.other.count)

    @property
    def slower(self) -> Candidate:
        return min(self.one, self.other, key=lambda each: each.speed)


class Standings:
    """The works of one run. ``update`` and ``look`` after each invocation, then ask for ``open`` cells and ``rows``.

    ``today``, where a person names what they have, stands for the baseline's best. ``past_support``: the interpreters
    that the decision does not recommend; their questions come last.
    """

    def __init__(
        self,
        cells: Iterable[PlannedCell],
        baseline: str,
        min_invocations: int,
        today: Today | None = None,
        past_support: Collection[str] = (),
    ) -> None:
        self._baseline = baseline
        self._today = today
        self._past_support = frozenset(past_support)
        self._min_invocations = min_invocations
        self._answers: dict[_Key, str] = {}
        self._apart: set[_Key] = set()  # those of the answers whose interval excludes 1
        self._looked: set[tuple[_Key, int]] = set()
        self._priors: dict[CellKind, Prior] = {}
        raced = [cell for cell in cells if not cell.driven and "kills" not in dict(cell.parameters)]
        # What a scenario costs is no work to choose by: one number of each is enough, unless nothing else is asked.
        works = [cell for cell in raced if cell.task != record.OVERHEAD] or raced
        self._seen = {cell.key: Seen(cell) for cell in works}
        self._works: dict[str, list[Candidate]] = {}
        self._contending: dict[str, dict[str, list[Candidate]]] = {}
        self._prices: dict[str, list[Price]] = {}
        self._doubted: dict[str, dict[_Key, set[str]]] = {}
        self._changed: set[str] = set()
        self._sharing: dict[str, int] = {}
        self._promises: dict[str, Share] | None = None

    def update(self, now: Seen) -> None:
        """Replace what is known of one cell."""
        if now.cell.key in self._seen:
            self._seen[now.cell.key] = now
            self._note_change(now.cell)

    def drop(self, cell: PlannedCell) -> None:
        """Forget ``cell``, which cannot be measured."""
        if self._seen.pop(cell.key, None):
            self._note_change(cell)

    def _note_change(self, cell: PlannedCell) -> None:
        self._promises = None
        self._changed.add(cell_keys.work_key(cell.data))
        self._changed.update({candidates.MIXTURE} if cell.task in record.DECIDED_BY else ())

    def look(self) -> None:
        """Learn how noisy cells are, then answer the questions that are due in works of which more is known."""
        evened = self._even_out()
        self._priors = noise_of_kinds.learn((seen.kind, [] if seen.warming else seen.values) for seen in evened)
        works = candidates.of_works(evened, self._baseline, self._past_support)
        changed = [work for work in works if work in self._changed]
        for work in changed:
            self._works[work] = works[work]
            self._contending[work] = self._contenders(works[work])
            self._doubted.setdefault(work, {})
        self._works = {work: self._works[work] for work in works}
        due = [(each, self._is_due(each)) for work in changed for each in self._questions(work)]
        looked = False
        while (sharing := self._count_sharing()) != self._sharing or not looked:
            self._sharing, looked = sharing, True
            self._doubted.update((work, {}) for work in changed)
            for question, is_due in due:
                self._look_at(question, is_due)
        for work in changed:
            unanswered = [each for each in self._unanswered(work) if each.key not in self._doubted[work]]
            self._prices[work] = [self._price(each) for each in unanswered if not each.slower.stays_warming]
        self._changed.clear()

    def is_look(self, count: int) -> bool:
        """Return whether a question is looked at when its cells have had ``count`` invocations."""
        while count > self._min_invocations and count % 2 == 0:
            count //= 2
        return count == self._min_invocations

    def _even_out(self) -> list[Seen]:
        """Return what is known of each cell, with its throughputs at the machine's average pace."""
        evened = iter(average_pace.even_out([start for seen in self._seen.values() for start in seen.starts]))
        return [seen.evened(list(islice(evened, len(seen.starts)))) for seen in self._seen.values()]

    def _count_sharing(self) -> dict[str, int]:
        """Return {interpreter: how many of its comparisons with the baseline share a risk}.

        What the intervals tell apart is counted, as in ``significance.count_sharing``: the fewer share a risk, the
        narrower they are, and the more they tell apart. So ``look`` comes to an end.
        """
        pairs: dict[str, set[_Pair]] = {}
        apart: dict[str, set[_Pair]] = {}
        for work in self._works:
            for each in self._questions(work):
                if self._is_shared(each):
                    label = self._label_of(each)
                    pairs.setdefault(label, set()).add(each.pair)
                    if each.key in self._apart:
                        apart.setdefault(label, set()).add(each.pair)
        return {label: max(1, len(found - apart.get(label, set()))) for label, found in pairs.items()}

    def _is_shared(self, question: _Question) -> bool:
        return not question.of_leader and question.work != candidates.MIXTURE

    def _label_of(self, question: _Question) -> str:
        """Return the interpreter that ``question`` compares with the baseline."""
        labels = question.one.interpreter, question.other.interpreter
        return labels[0] if labels[0] != self._baseline else labels[1]

    def promise(self, cell: PlannedCell) -> float:
        """Return what share of an interpreter's best ``cell`` may reach: 1 where no other has tried it.

        It is 0 for what is no work to choose by.
        """
        like = cell_keys.like_key(cell.data)
        return self._promised().get(like, promise.UNTRIED).most if cell.key in self._seen else 0.0

    def _promised(self) -> dict[str, Share]:
        if self._promises is None:
            self._promises = promise.promises(
                CellSpeed(seen.cell.interpreter, cell_keys.work_key(data), cell_keys.like_key(data), seen.speed)
                for seen in self._seen.values()
                if seen.values and (data := seen.cell.data)
            )
        return self._promises

    def open(self, left_s: float = math.inf) -> list[str]:
        """Return the keys of the cells that are worth another invocation, those with the cheapest answers first.

        First come cells that were started too seldom. Then those whose questions can be answered in ``left_s``, or, if
        none can, those of the cheapest. In both, those of the decision come first. Interpreters that it does not
        recommend take what the answers about the others leave.
        """
        works = sorted(self._works, key=lambda work: work != candidates.MIXTURE)
        few = dict.fromkeys(key for work in works for key in self._few(work) if key in self._seen)
        late = [key for key in few if self._seen[key].cell.interpreter in self._past_support]
        asked = [*self._open_prices(), *(Price({key: self._seen[key].cost_s}, 1, NOT_RECOMMENDED) for key in late)]
        paid = prices.affordable(asked, left_s) or sorted(asked, key=lambda each: each.alone_s)[:1]
        soon = [key for key in few if key not in late]
        return list(dict.fromkeys([*soon, *(key for price in paid for key in price.cells)]))

    def count_unanswered(self) -> int:
        """Return how many comparisons have no answer yet; one may be asked for two reasons."""
        return sum(len({each.pair for each in self._unanswered(work)}) for work in self._works)

    def count_answerable_in(self, seconds: float) -> int:
        """Return how many of them should have one after so many seconds more."""
        asked = self._open_prices()
        paid = prices.affordable(asked, seconds)
        open_then = {frozenset(price.cells) for price in asked if price not in paid}
        return len({frozenset(price.cells) for price in paid} - open_then)

    def _open_prices(self) -> list[Price]:
        return [price for work in self._works for price in self._prices[work]]

    def _few(self, work: str) -> set[str]:
        """Return the keys of cells that need another start before a question about them can be answered."""
        wanted = {key for doubts in self._doubted[work].values() for key in doubts}
        for own in self._contending[work].values():
            best = self._best(own)
            few = [each for each in own if each.count < self._min_invocations]
            near = [each for each in few if each.may_warm or each.speed > PROMISING * best.speed]
            wanted.update(*(each.keys for each in few if each in near or each is best or self._is_today(each)))
        return wanted

    def _unanswered(self, work: str) -> list[_Question]:
        return [each for each in self._questions(work) if each.key not in self._answers]

    def _price(self, question: _Question) -> Price:
        costs_s = {seen.cell.key: seen.cost_s for side in (question.one, question.other) for seen, _ in side.parts}
        compared, sharing = self._compared(question), self._sharing_with(question)
        return prices.of(costs_s, compared, self._min_invocations, sharing, self._rank(question))

    def _rank(self, question: _Question) -> int:
        """Return 0 for a question of the decision, 1 for another, or NOT_RECOMMENDED."""
        if self._past_support & {question.one.interpreter, question.other.interpreter}:
            return NOT_RECOMMENDED
        return int(question.work != candidates.MIXTURE)

    def _contenders(self, of_work: list[Candidate]) -> dict[str, list[Candidate]]:
        """Return {interpreter: its candidates that may yet be its best}."""
        own: dict[str, list[Candidate]] = {}
        for each in of_work:
            own.setdefault(each.interpreter, []).append(each)
        best = {label: self._best(found) for label, found in own.items()}
        return {
            label: [each for each in found if each.may_win(best[label]) or self._is_today(each)]
            for label, found in own.items()
        }

    def _is_today(self, candidate: Candidate) -> bool:
        """Return whether ``candidate`` is what the person has now: every ratio is against it, however slow it is."""
        names = {"interpreter": candidate.interpreter, "scenario": candidate.scenario}
        return self._today is not None and self._today == names

    def _best_of_each(self, work: str) -> dict[str, Candidate]:
        return {label: self._best(own) for label, own in self._contending[work].items()}

    def _best(self, own: Iterable[Candidate]) -> Candidate:
        """Return the fastest of one interpreter; one that was started too seldom yields to one that was not."""
        return max(own, key=lambda each: (each.count >= self._min_invocations, each.speed))

    def _questions(self, work: str) -> list[_Question]:
        """Return what a reader wants to know: is the leader the best, and who is faster than the baseline?

        Of one interpreter alone it is whether its best scenario is.
        """
        best = self._best_of_each(work)
        leader = _fastest(best.values())
        rivals = self._rivals(work, leader, best)
        found = [self._of_leader(work, leader, each) for each in rivals]
        own = self._contending[work].get(self._baseline, ())
        reference = next(filter(self._is_today, own), best.get(self._baseline))
        if reference is not None:
            others = [each for each in best.values() if each is not reference]
            found += [_Question(work, each, reference) for each in others]
        return found

    def _of_leader(self, work: str, leader: Candidate, rival: Candidate) -> _Question:
        """Return whether ``leader`` is faster; of two interpreters that is the question for their ratio."""
        return _Question(work, leader, rival, of_leader=len(self._contending[work]) != 2)

    def _rivals(self, work: str, leader: Candidate, best: dict[str, Candidate]) -> list[Candidate]:
        rivals = list(best.values()) if len(best) > 1 else self._contending[work][leader.interpreter]
        return [each for each in rivals if each is not leader]

    def _is_due(self, question: _Question) -> bool:
        """Return whether ``question`` is to be looked at: its count has doubled, or what was in doubt is known now."""
        looked = (question.key, question.count) in self._looked
        return (self.is_look(question.count) and not looked) or question.key in self._doubted.get(question.work, ())

    def _look_at(self, question: _Question, due: bool) -> None:
        """Answer ``question`` if it is ``due`` and can be answered.

        An answer that no longer holds, because more is known of the noise since, is withdrawn. One that another
        scenario of the slower interpreter may overturn is ``doubted`` until that has been started often enough.
        """
        if not due and question.key not in self._answers:
            return
        compared = self._compared(question)
        verdict = significance.verdict(compared)
        clear = verdict == SAME or significance.says_faster(verdict) or significance.says_slower(verdict)
        if clear and (doubts := self._doubts(question)):
            self._doubted[question.work][question.key] = doubts
            clear = False
        else:
            self._looked.add((question.key, question.count))
        self._apart.discard(question.key)
        if not clear:
            self._answers.pop(question.key, None)
            return
        self._answers[question.key] = verdict
        if significance.is_apart(compared.ratio):
            self._apart.add(question.key)

    def _doubts(self, question: _Question) -> set[str]:
        """Return the keys of cells that may be faster than their starts showed, or had none.

        They are of the slower interpreter, and may be as fast as what the faster one has. Those that were started no
        more often than its best may have been unlucky; the others may be as fast as their noise permits.
        """
        slow, fast = sorted((question.one, question.other), key=lambda each: each.speed)
        own = self._contending[question.work][slow.interpreter] if slow.interpreter != fast.interpreter else []
        risk = significance.UNLUCKY / self._sharing_with(question)
        few = {
            key
            for each in own
            if each is not slow and each.at_best * each.luck(self._priors, risk, each.count > slow.count) >= fast.speed
            for key in each.keys
        }
        return few | (self._unmeasured(slow, fast) if own else set())

    def _unmeasured(self, slow: Candidate, fast: Candidate) -> set[str]:
        """Return the keys of cells of ``slow``'s interpreter that have no number yet and may be as fast as ``fast``."""
        found = set()
        for part, _ in slow.parts:
            beside, work = cell_keys.like_key(part.cell.data), cell_keys.work_key(part.cell.data)
            for key, seen in self._seen.items():
                data = seen.cell.data
                if seen.values or data["interpreter"] != slow.interpreter or cell_keys.work_key(data) != work:
                    continue
                reach = promise.may_reach(self._promised(), cell_keys.like_key(data), beside, slow.speed)
                if reach >= fast.speed and "worker_interpreter" not in data["parameters"]:
                    found.add(key)
        return found

    def _compared(self, question: _Question) -> Comparison:
        one, other = question.one, question.other
        compared = significance.between(one.level(self._priors), other.level(self._priors))
        risk = significance.risk_at(question.count, self._min_invocations) / self._sharing_with(question)
        return replace(compared, risk=risk, warming=(one.warming, other.warming))

    def _sharing_with(self, question: _Question) -> int:
        """Return how many share the risk of a wrong answer to ``question``, itself included."""
        return self._sharing[self._label_of(question)] if self._is_shared(question) else 1

    def rows(self) -> list[Standing]:
        """Return one row a work that has been measured, in the order of the plan; what decides over all comes last."""
        return [self._row(work) for work in self._works]

    def _row(self, work: str) -> Standing:
        best = self._best_of_each(work)
        leader = _fastest(best.values())
        name = f"{leader.interpreter} {leader.scenario}"
        rivals = self._rivals(work, leader, best)
        if len(best) == 1:
            return Standing(
                work,
                name,
                f"{leader.speed:.3g} {self._unit(work)}",
                LEADING if self._few(work) or self._unanswered(work) else ALONE,
            )
        second = _fastest(rivals)
        answers = [self._answers.get(self._of_leader(work, leader, each).key, "") for each in rivals]
        if all(map(significance.says_faster, answers)):
            state = DECIDED
        elif all(answers):
            state = TIED
        else:
            near = leader.speed < second.speed * (1 + significance.EQUIVALENT)
            state = TIED_SO_FAR if near else LEADING
        bound = "at least " if leader.warming else ""
        return Standing(work, name, f"{bound}{leader.speed / second.speed:.3g} times {second.interpreter}", state)

    def _unit(self, work: str) -> str:
        """Return in what the speed of ``work`` is; in the mixture today's program has 1 (candidates.of_works)."""
        return f"times {self._baseline} serial" if work == candidates.MIXTURE else "tasks/s"


def _fastest(found: Iterable[Candidate]) -> Candidate:
    return max(found, key=lambda each: each.speed)
