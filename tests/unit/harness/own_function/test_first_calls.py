"""What is seen of a function at its first calls, and which later answer is another one."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(("most_ns", "answered"), [(None, 3), (10**12, 3), (0, 1)])
def test_a_child_answers_as_many_inputs_as_it_has_time_for_but_one_at_least(made, most_ns, answered):
    asked = made(lambda value: value, [[1], [2], [3]])
    asked.calls.make(most_ns)
    assert asked.reply.content["answers"] == [1, 2, 3][:answered]


@pytest.mark.parametrize(
    ("second", "difference"), [(0.1 + 0.2, None), (0.31, "input 1: another answer than at its first call")]
)
def test_an_answer_is_another_one_where_more_differs_than_the_last_digits_of_a_float(made, second, difference):
    given = iter([0.3, second])
    asked = made(lambda value: [next(given)], [[1]])
    asked.calls.make()
    found, _ = asked.calls.compare(0)
    assert found == difference


def test_a_function_changes_its_inputs_where_it_changes_one_of_them(made):
    asked = made(lambda value: value.pop("a", None), [[{"a": 1}], [{}]])
    asked.calls.make()
    assert asked.reply.content["changes_input"] is True
