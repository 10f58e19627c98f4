"""The gate's own decisions: how much it asks, and what it says of what it saw."""

from __future__ import annotations

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
