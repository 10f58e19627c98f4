# Run by the driver (Python 3.9 upward): pure functions on throughputs.
"""What a race has answered so far, and at which risk.

A question is looked at when its cells have had ``min_invocations``, and then each time that their number has doubled;
the intervals hold at all of these looks together, so that stopping by what was seen claims no more than a fixed run
would (Lan and DeMets 1983). Whether the leader is the best is one question: when it is told apart from the nearest one
at a risk, it is from all of them (Hung and Fithian 2019). The comparisons of one interpreter with the baseline, at all
works, share one risk. What is told apart leaves its share to the others (Holm 1979; at several looks, Maurer and Bretz
2013). What decides over all has its own risk.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from runoff.driver.racing import candidates
from runoff.driver.racing.contest import Contest, Pair, Question, QuestionKey
from runoff.driver.racing.known_cells import KnownCells
from runoff.driver.racing.rules import Rules
from runoff.stats import significance
from runoff.stats.significance import SAME, Comparison


class Answers:
    """The answers of one race.

    ``sharing``: {interpreter: how many of its comparisons with the baseline share a risk}.
    """

    def __init__(self, rules: Rules, known: KnownCells) -> None:
        self._rules = rules
        self._known = known
        self._answers: dict[QuestionKey, str] = {}
        self._apart: set[QuestionKey] = set()  # those of the answers whose interval excludes 1
        self._looked: set[tuple[QuestionKey, int]] = set()
        self._doubted: dict[str, dict[QuestionKey, set[str]]] = {}
        self.sharing: dict[str, int] = {}

    def look(self, contests: Collection[Contest], changed: Collection[Contest]) -> None:
        """Answer the questions that are due in the ``changed`` ones of all ``contests``."""
        due = [(contest, each, self._is_due(each)) for contest in changed for each in contest.questions]
        looked = False
        while (sharing := self._count_sharing(contests)) != self.sharing or not looked:
            self.sharing, looked = sharing, True
            self._doubted.update((contest.work, {}) for contest in changed)
            for contest, question, is_due in due:
                self._look_at(contest, question, is_due)

    def verdict(self, question: Question) -> str:
        """Return the answer to ``question``; empty where there is none."""
        return self._answers.get(question.key, "")

    def unanswered(self, contest: Contest) -> list[Question]:
        """Return the questions of ``contest`` that have no answer yet."""
        return [each for each in contest.questions if each.key not in self._answers]

    def is_doubted(self, question: Question) -> bool:
        """Return whether other cells have to be started before ``question`` can be answered."""
        return question.key in self._doubted.get(question.work, ())

    def doubts(self, work: str) -> set[str]:
        """Return the keys of the cells that have to be started before questions of ``work`` can be answered."""
        return {key for doubts in self._doubted[work].values() for key in doubts}

    def compared(self, question: Question) -> Comparison:
        """Return the difference that ``question`` is about, with its share of the risk."""
        one, other = question.one, question.other
        compared = significance.between(one.level(self._known.priors), other.level(self._known.priors))
        risk = significance.risk_at(question.count, self._rules.min_invocations) / self.sharing_with(question)
        return replace(compared, risk=risk, warming=(one.warming, other.warming))

    def sharing_with(self, question: Question) -> int:
        """Return how many share the risk of a wrong answer to ``question``, itself included."""
        return self.sharing[self._label_of(question)] if _is_shared(question) else 1

    def _count_sharing(self, contests: Collection[Contest]) -> dict[str, int]:
        """Return {interpreter: how many of its comparisons with the baseline share a risk}.

        What the intervals tell apart is counted, as in ``significance.count_sharing``: the fewer share a risk, the
        narrower they are, and the more they tell apart. So ``look`` comes to an end.
        """
        pairs: dict[str, set[Pair]] = {}
        apart: dict[str, set[Pair]] = {}
        for contest in contests:
            for each in filter(_is_shared, contest.questions):
                label = self._label_of(each)
                pairs.setdefault(label, set()).add(each.pair)
                if each.key in self._apart:
                    apart.setdefault(label, set()).add(each.pair)
        return {label: max(1, len(found - apart.get(label, set()))) for label, found in pairs.items()}

    def _label_of(self, question: Question) -> str:
        """Return the interpreter that ``question`` compares with the baseline."""
        labels = question.one.interpreter, question.other.interpreter
        return labels[0] if labels[0] != self._rules.baseline else labels[1]

    def _is_due(self, question: Question) -> bool:
        """Return whether ``question`` is to be looked at: its count has doubled, or what was in doubt is known now."""
        looked = (question.key, question.count) in self._looked
        return (self._rules.is_look(question.count) and not looked) or self.is_doubted(question)

    def _look_at(self, contest: Contest, question: Question, due: bool) -> None:
        """Answer ``question`` if it is ``due`` and can be answered.

        An answer that no longer holds, because more is known of the noise since, is withdrawn. One that another
        scenario of the slower interpreter may overturn is doubted until that has been started often enough.
        """
        if not due and question.key not in self._answers:
            return
        compared = self.compared(question)
        verdict = significance.verdict(compared)
        clear = verdict == SAME or significance.says_faster(verdict) or significance.says_slower(verdict)
        if clear and (doubts := self._find_doubts(contest, question)):
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

    def _find_doubts(self, contest: Contest, question: Question) -> set[str]:
        """Return the keys of cells that may be faster than their starts showed, or had none.

        They are of the slower interpreter, and may be as fast as what the faster one has. Those that were started no
        more often than its best may have been unlucky; the others may be as fast as their noise permits.
        """
        slow, fast = sorted((question.one, question.other), key=lambda each: each.speed)
        if slow.interpreter == fast.interpreter:
            return set()
        priors, risk = self._known.priors, significance.UNLUCKY / self.sharing_with(question)
        few = {
            key
            for each in contest.contending[slow.interpreter]
            if each is not slow and each.at_best * each.luck(priors, risk, each.count > slow.count) >= fast.speed
            for key in each.keys
        }
        return few | self._known.unmeasured(slow, fast)


def _is_shared(question: Question) -> bool:
    return not question.of_leader and question.work != candidates.MIXTURE
