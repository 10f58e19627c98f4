"""The gate's own decisions: how much it asks, and what it says of what it saw."""

from __future__ import annotations

import sys
import threading
import time

import pytest


@pytest.fixture
def gate(script):
    return script("gate")


@pytest.fixture
def made(gate, tmp_path):
    """made(function, inputs, **more of the request) -> a Gate that has loaded it."""

    def make(function, inputs, **more):
        request = {"target": {"folder": str(tmp_path)}, "inputs": inputs, "same_answers": True, **more}
        found = gate.Gate(request, str(tmp_path / "reply.json"))
        found.function = function
        return found

    return make


@pytest.mark.parametrize(("most_ns", "answered"), [(None, 3), (10**12, 3), (0, 1)])
def test_a_child_answers_as_many_inputs_as_it_has_time_for_but_one_at_least(made, most_ns, answered):
    asked = made(lambda value: value, [[1], [2], [3]])
    asked.answers(most_ns)
    assert asked.reply["answers"] == [1, 2, 3][:answered]


@pytest.mark.parametrize(
    ("second", "difference"), [(0.1 + 0.2, None), (0.31, "input 1: another answer than at its first call")]
)
def test_an_answer_is_another_one_where_more_differs_than_the_last_digits_of_a_float(made, second, difference):
    given = iter([0.3, second])
    asked = made(lambda value: [next(given)], [[1]])
    asked.answers()
    found, _ = asked.difference(0)
    assert found == difference


def test_a_function_changes_its_inputs_where_it_changes_one_of_them(made):
    asked = made(lambda value: value.pop("a", None), [[{"a": 1}], [{}]])
    asked.answers()
    assert asked.reply["changes_input"] is True


def test_the_check_of_a_forked_child_takes_the_time_that_it_answered_in(gate, made, monkeypatch):
    asked = made(lambda value: value, [[1]])
    monkeypatch.setattr(gate.children, "reply_of", lambda *_: time.sleep(0.05) or {"answers": []})
    asked.fork()
    assert asked.check("fork", asked.child, "fork", None)
    assert asked.reply["checks"][-1]["seconds"] >= 0.05


@pytest.mark.parametrize(("answers", "holds"), [([], True), ([1], True), ([1, 2], True), ([1, 3], False)])
def test_a_child_is_held_to_the_inputs_that_it_had_time_for(made, answers, holds):
    asked = made(lambda value: value, [[1], [2]])
    asked.answers()
    asked.forked = {"answers": answers}
    assert asked.check("fork", asked.child, "fork", None) is holds


def test_threads_that_do_not_end_are_waited_for_for_a_while(gate, made, monkeypatch):
    monkeypatch.setattr(gate, "CHILD_S", 0.2)
    monkeypatch.setattr(sys, "setswitchinterval", lambda seconds: None)
    hold = threading.Event()
    asked = made(lambda value: value, [[1]], threads_for_s=0.01)
    asked.answers()
    asked.function = lambda value: hold.wait(5)
    try:
        assert not asked.check("threads", asked.threads)
    finally:
        hold.set()
    assert asked.reply["checks"][-1]["reason"] == "8 threads at once did not end within 0 s"
