"""What answers cost, and which the time left pays for, on comparisons that the test gives."""

from __future__ import annotations

import math

import pytest

from runoff.driver.racing import prices
from runoff.driver.racing.prices import Price
from runoff.stats.significance import Comparison


def seen(difference, error, count=4):
    """Return a comparison of ``count`` invocations a side."""
    return Comparison(difference, error, 0.0, 2 * count - 2, count)


@pytest.mark.parametrize(
    ("difference", "error", "starts"),
    [
        (math.log(2), 0.01, 4),  # clear already: told at the next look
        (0.3, 0.09, 4),
        (0.3, 0.2, 28),  # four times as many
        (0.0, 0.01, 4),  # equivalent
        (0.001, 0.5, 60),  # not by as many as anyone waits for
    ],
)
def test_an_answer_is_due_at_the_first_look_whose_interval_should_be_short_enough(difference, error, starts):
    assert prices.of({"a": 1.0}, seen(difference, error), 2, 1) == Price({"a": 1.0}, starts)


@pytest.mark.parametrize("error", [None, 0.5])
def test_what_was_started_once_has_an_answer_at_the_first_look(error):
    assert prices.of({"a": 1.0}, seen(0.1, error, 1), 2, 1).starts == 1


def test_the_more_questions_share_the_risk_the_dearer_each_is():
    alone, shared = (prices.of({"a": 1.0}, seen(0.3, 0.1), 2, together) for together in (1, 50))
    assert alone.starts < shared.starts


def test_time_goes_to_the_cheapest_answers_and_a_shared_cell_is_paid_for_once():
    cheap, shared, dear = Price({"a": 1.0, "b": 1.0}, 2), Price({"a": 1.0, "c": 2.0}, 2), Price({"d": 9.0}, 4)
    assert prices.affordable([dear, shared, cheap], 8) == [cheap, shared], "4 s, and 4 s more for c alone"
    assert prices.affordable([dear, shared, cheap], 7.9) == [cheap]
    assert prices.affordable([dear, shared, cheap], math.inf) == [cheap, shared, dear]
    assert prices.affordable([dear], 1.0) == []


def test_a_lower_rank_is_paid_first_and_what_is_too_dear_keeps_nobody_else_from_an_answer():
    first, later, dear = Price({"a": 2.0}, 2), Price({"b": 1.0}, 1, rank=1), Price({"c": 9.0}, 1)
    assert prices.affordable([later, dear, first], 5.0) == [first, later]
    assert prices.affordable([later, first], 4.5) == [first]
