"""What is asked of one work, on throughputs that the test gives."""

from __future__ import annotations

import pytest

from runoff.driver.racing.candidates import Candidate, Seen
from runoff.driver.racing.contest import Contest
from runoff.driver.racing.rules import Rules
from tests.fakes.raced_cells import LEAST, POOL, SERIAL, THREADS


def contest(speeds, **rules):
    """Return the contest of cells of {cell: throughputs}, with a as baseline."""
    of_work = [Candidate(((Seen(cell, list(values), ceiling=max(values)), 1.0),)) for cell, values in speeds.items()]
    return Contest("python", of_work, Rules("a", LEAST, **rules))


def asked(found):
    """Return the questions of ``found``, in words."""
    sides = [(each, [f"{side.interpreter} {side.scenario}" for side in (each.one, each.other)]) for each in found]
    return [f"{one} or {other}{', leading' * each.of_leader}" for each, (one, other) in sides]


@pytest.mark.parametrize(
    ("labels", "questions"),
    [
        ("ab", ["b serial or a serial", "b serial or a serial"]),
        (
            "abc",
            [
                "c serial or a serial, leading",
                "c serial or b serial, leading",
                "b serial or a serial",
                "c serial or a serial",
            ],
        ),
        ("bc", ["c serial or b serial"]),
    ],
    ids=["two", "three", "no baseline"],
)
def test_the_leader_is_held_against_each_and_each_against_the_baseline(labels, questions):
    speeds = {SERIAL[label]: [speed, speed] for label, speed in (("a", 100), ("b", 110), ("c", 120)) if label in labels}
    assert asked(contest(speeds).questions) == questions


def test_of_one_interpreter_its_scenarios_are_held_against_its_best():
    found = contest({SERIAL["a"]: [100, 100], THREADS["a"]: [90], POOL["a"]: [20]})
    assert asked(found.questions) == ["a serial or a threads, leading"]
    assert found.second.scenario == "threads"


def test_what_a_person_has_today_is_contending_and_what_ratios_are_against_however_slow_it_is():
    speeds = {SERIAL["a"]: [100, 100], THREADS["a"]: [3], SERIAL["b"]: [50, 50]}
    found = contest(speeds, today={"interpreter": "a", "scenario": "threads"})
    assert asked(found.questions)[1:] == ["a serial or a threads", "b serial or a threads"]
    assert [each.scenario for each in contest(speeds).contending["a"]] == ["serial"]


def test_what_was_started_too_seldom_yields_to_what_was_not():
    assert contest({SERIAL["a"]: [100, 100], POOL["a"]: [108]}).leader.scenario == "serial"
