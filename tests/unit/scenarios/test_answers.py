"""A person's answers as JSON: the same for two interpreters that answer alike, whatever their order of a set is."""

from __future__ import annotations

import datetime
import enum
import json
import math

import pytest

from scenarios.own_function import answers


class Ordered(set):
    """A set that is walked through in the order in which it was made."""

    def __init__(self, members):
        super().__init__(members)
        self._members = members

    def __iter__(self):
        return iter(self._members)


@pytest.mark.parametrize("members", [["b", "a", "c"], [(2, "x"), (1, "y")], [3, "3", None]])
def test_a_set_has_no_order(members):
    one, other = answers.plain(Ordered(members)), answers.plain(Ordered(members[::-1]))
    assert one == other
    assert one == answers.plain(frozenset(members))
    assert len(one["$set"]) == len(members)


def test_a_dictionary_with_keys_that_are_no_text_has_no_order_either():
    assert answers.plain({2: "b", 1: "a"}) == answers.plain({1: "a", 2: "b"}) == {"$dict": [[1, "a"], [2, "b"]]}


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ((1, [2.5, None, True]), [1, [2.5, None, True]]),
        (math.nan, {"$float": "nan"}),
        (-math.inf, {"$float": "-inf"}),
        (b"\x00\xff", {"$bytes": "00ff"}),
        (datetime.date(2026, 1, 2), {"$date": "2026-01-02"}),
        ({"a": {1}}, {"a": {"$set": [1]}}),
        pytest.param(2**20000, {"$int": "1" + "0" * 5000}, id="long"),
        pytest.param([-(2**20000)], [{"$int": "-1" + "0" * 5000}], id="long and negative"),
        pytest.param(10**4298, 10**4298, id="as long as may be"),
    ],
)
def test_what_json_lacks_has_its_type_as_a_tag(value, seen):
    assert json.loads(json.dumps(answers.plain(value), allow_nan=False)) == seen


def test_an_object_is_not_told_by_where_it_lies_in_memory():
    assert answers.plain(object()) == answers.plain(object())


@pytest.mark.parametrize(
    ("value", "able"),
    [
        *(([1, {"a": "b"}], True), ((1, 2), True), ({1: 2}, False), ({1}, False), (b"x", False), (math.nan, False)),
        pytest.param(2**20000, False, id="long"),
    ],
)
def test_only_what_json_has_can_be_a_workers_answer(value, able):
    assert answers.is_json(value) is able


async def made_later():
    yield 1


@pytest.mark.parametrize("lazy", [(number for number in [1]), iter([1]), map(str, [1]), made_later()])
@pytest.mark.parametrize("around", [lambda lazy: lazy, lambda lazy: {"a": [lazy]}])
def test_what_is_made_when_it_is_taken_is_no_answer(lazy, around):
    with pytest.raises(TypeError, match=r"its items are made when they are taken \(\w+\); return a list of them"):
        answers.plain(around(lazy))


@pytest.mark.parametrize(
    ("wanted", "answer", "right"),
    [
        ({"a": [0.3, 1]}, {"a": [0.1 + 0.2, 1]}, True),
        ([1.0], [1.0 + 1.1e-9], False),
        ([-1e300], [1e300], False),
        ([0.0], [1e-300], False),
        ({"a": 0.3}, {"a": 0.1 + 0.2, "b": 1}, False),
        ([0.3], [0.1 + 0.2, 0.3], False),
        ([1], [1 + 1e-12], False),
        ({"$float": "nan"}, {"$float": "nan"}, True),
        ("a", "b", False),
        (None, [], False),
    ],
)
def test_a_recorded_answer_equals_what_differs_from_it_in_the_last_digits_of_floats(wanted, answer, right):
    recorded = answers.Recorded(wanted, answers.same)
    assert (recorded == answer) is (answer == recorded) is right
    assert (recorded != answer) is (answer != recorded) is not right
    assert [answer, answer] == [recorded, recorded] or not right
    assert repr([recorded]) == repr([wanted])


class Level(enum.IntEnum):
    LOW = 1


@pytest.mark.parametrize(
    ("wanted", "answer", "alike"),
    [(1, 2, True), (1, True, False), (1, 2.0, False), ("a", "b", True), ([1], ["a", 2], True), (2, Level.LOW, True)],
)
def test_the_type_of_an_answer_is_its_shape(wanted, answer, alike):
    assert answers.same_shape(wanted, answers.plain(answer)) is alike
