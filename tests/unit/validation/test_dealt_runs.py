"""Invocations of one interpreter, dealt to two labels: what is told apart."""

from __future__ import annotations

import copy
import random

import numpy
import pytest

from runoff.validation import dealt_runs
from tests.helpers.exact_runs import cell, measured

STARTS = 16
TASKS = ("python", "mixed", "sort", "parse")


@pytest.fixture
def made():
    """One interpreter's serial cells of four tasks, on a machine whose pace changes by twice."""
    chance = random.Random(1)
    records = []
    for block in range(STARTS):
        for at, of_it in enumerate(cell(task=task) for task in TASKS):
            slow = 1 + chance.betavariate(0.5, 0.5)
            time_ns = int(1e8 * slow * chance.gauss(1, 0.02))
            times = {"iterations_ns": [time_ns] * 7, "paces_ns": [int(1e6 * slow)] * 8}
            records.append({**measured(of_it, 1.0)[0], **times, "block": block, "started_at": 4.0 * block + at})
    return records


def told(made, starts=4, planted=0.0, paced=True, deals=20):
    chance = numpy.random.default_rng(1)
    counts = [dealt_runs.told_apart(made, chance, starts, planted, paced) for _ in range(deals)]
    return sum(each.hits for each in counts), sum(each.trials for each in counts)


def test_equals_are_seldom_told_apart(made):
    hits, trials = told(made)
    assert trials == 20 * len(TASKS)
    assert hits <= 0.12 * trials


def test_unequals_are_told_apart_more_often_where_the_pace_is_known(made):
    paced, raw = (told(made, planted=0.3, paced=each)[0] for each in (True, False))
    assert paced > 1.5 * raw


def test_a_deal_leaves_the_invocations_as_they_were(made):
    before = copy.deepcopy(made)
    told(made, planted=0.5, deals=1)
    assert made == before
