"""What a reply says of its workers is believed where it can be true."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from runoff.common.paths import ROOT
from runoff.driver.reply import worker_results
from tests.helpers import runs

GOOD = runs.kills(10.0, 20.0)


def test_answers_per_worker_are_whole_numbers_busiest_first_and_no_more_than_there_were_tasks():
    assert worker_results.problem(None, 4) is None
    assert worker_results.problem([3, 1, 0], 4) is None
    for answers in ([1, 3], [3.0, 1], [-1], "31", {"a": 1}, [True, False]):
        assert "whole numbers, busiest first" in str(worker_results.problem(answers, 4))
    assert worker_results.problem([3, 2], 4) == "its workers gave 5 answers to 4 tasks"


def test_kills_are_kept_as_they_are_asked_for_and_without_anything_else():
    assert worker_results.kills_problem(GOOD, 2) is None
    assert worker_results.from_reply({**GOOD, "more": "x"}) == GOOD
    assert worker_results.kills_problem(None, 0) is None
    assert worker_results.from_reply(None) is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"gaps_ns": [1]}, "gaps of 2 kills"),
        ({"gaps_ns": [1, 0]}, "gaps of 2 kills"),
        ({"gaps_ns": [1, 0.5]}, "gaps of 2 kills"),
        ({"killed": 3}, "gaps of 2 kills"),
        ({"tasks": None}, "does not count"),
        ({"twice": -1}, "does not count"),
        ({"bin_ns": 0}, "does not count"),
        ({"rate": math.nan}, "at which rate"),
        ({"rate": "fast"}, "at which rate"),
        ({"lost": 10**6}, "has lost 1000000 of"),
        ({"timeline": [[1]]}, "timelines of 2 kills"),
        ({"timeline": [[1, 2], [1, "2"]]}, "timelines of 2 kills"),
        ({"timeline": [[1, 2], [1]]}, "different lengths"),
        ({"killed_bin": 100}, "end before the kill"),
    ],
)
def test_what_cannot_be_true_of_kills_has_a_reason(wrong, why):
    assert why in str(worker_results.kills_problem({**GOOD, **wrong}, 2))


def test_kills_that_are_missing_or_that_nobody_asked_for_are_noticed():
    assert "does not report the 2 kills" in str(worker_results.kills_problem(None, 2))
    assert "does not report the 2 kills" in str(worker_results.kills_problem([], 2))
    assert "not asked for" in str(worker_results.kills_problem(GOOD, 0))


def test_every_field_of_kills_is_explained():
    text = Path(ROOT, "results/README.md").read_text(encoding="utf-8").partition("### kills")[2]
    explained = {
        name for row in re.findall(r"^\| (`.+?`) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    assert explained == set(worker_results.FIELDS)
