"""What a race has answered, at a risk that its comparisons share, on throughputs that the test gives."""

from __future__ import annotations

from collections import Counter

import numpy

from runoff.driver.racing import candidates, standings
from runoff.driver.racing.answers import Answers
from runoff.driver.racing.candidates import Seen
from runoff.driver.racing.contest import Contest
from runoff.driver.racing.known_cells import KnownCells
from runoff.driver.racing.rules import Rules
from runoff.stats import significance
from tests.fakes.raced_cells import LEAST, SERIAL, cells, standing


def test_works_share_the_risk_and_what_is_told_apart_leaves_its_share_to_the_others():
    """What is claimed in a run of one task is not among seven that are open, and is where six of seven are clear."""
    values = [100, 103, 98, 101]

    def of_works(*others):
        seen = []
        for number, faster in enumerate([1.06, *others]):
            task = cells("serial", f"work-{number}")
            seen += [Seen(task["a"], values), Seen(task["b"], [faster * value for value in values])]
        return {row.work: row.state for row in standing(*seen).rows()}["work-0/batch=8"]

    assert of_works() == standings.DECIDED
    assert of_works(*[1.0] * 6) == standings.LEADING
    assert of_works(*[3.0] * 6) == standings.DECIDED


def test_a_look_ends_though_a_narrower_interval_turns_a_difference_into_an_equivalence(monkeypatch):
    """Of two works one is near the margin: whatever is said of it, the other one's interval follows from it once."""
    verdict, calls = significance.verdict, Counter()

    def counted(comparison):
        calls[0] += 1
        assert calls[0] < 100, "it goes round in circles"
        return verdict(comparison)

    monkeypatch.setattr(significance, "verdict", counted)
    near, lost = cells("serial", "near"), cells("serial", "lost")
    for share in numpy.linspace(1.01, 1.07, 121):
        calls.clear()
        standing(
            Seen(near["a"], [100.68, 100.68, 99.32, 99.32]),
            Seen(near["b"], [100 * float(share)] * 4),
            Seen(lost["a"], [100, 180, 100, 180]),
            Seen(lost["b"], [100, 190, 100, 190]),
        )


def test_an_answer_that_is_withdrawn_takes_its_share_of_the_risk_again():
    other = cells("serial", "other")
    equal = Seen(other["a"], [100, 108]), Seen(other["b"], [101, 109])
    seen = *equal, Seen(SERIAL["a"], [100, 101]), Seen(SERIAL["b"], [150, 151])
    rules, known = Rules("a", LEAST), KnownCells(each.cell for each in seen)
    answers = Answers(rules, known)

    def shared_after(*now):
        for each in now:
            known.update(each)
        works = candidates.of_works(known.learn(), "a")
        contests = [Contest(work, of_work, rules) for work, of_work in works.items()]
        answers.look(contests, contests)
        return answers.sharing

    assert shared_after(*seen) == {"b": 1}
    assert shared_after(Seen(SERIAL["b"], [150, 151, 90, 200])) == {"b": 2}
