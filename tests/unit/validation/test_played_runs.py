"""Whole cells played through the profiles' own stopping rules: the answer is right, or it says that it is none."""

from __future__ import annotations

import numpy
import pytest

from runoff.common import tables
from runoff.validation import played_runs

PROFILES = tables.read("experiments.toml")["profiles"]
QUICK = PROFILES["quick"]


@pytest.mark.slow
@pytest.mark.parametrize("name", played_runs.SHAPES)
def test_quick_is_seldom_wrong_by_more_than_5_percent(name):
    wrong, _ = played_runs.biased(numpy.random.default_rng(2), QUICK, played_runs.SHAPES[name], 20)
    assert wrong.hits <= 5


def test_the_rule_that_quick_had_would_be_noticed():
    wrong, _ = played_runs.biased(numpy.random.default_rng(2), played_runs.FORMERLY, played_runs.drops, 20)
    assert wrong.hits >= 10


@pytest.mark.slow
def test_rigorous_measures_again_for_longer_until_a_compiler_is_past():
    late = numpy.full(40, 60.0), numpy.array([20.0])
    wrong, marked = played_runs.biased(numpy.random.default_rng(2), PROFILES["rigorous"], lambda _: late, 1)
    assert (wrong.hits, marked.hits) == (0, 0)


def test_what_swings_for_ever_is_as_fast_as_its_mean():
    swings = numpy.zeros(0), numpy.array([10.0, 20.0])
    wrong, marked = played_runs.biased(numpy.random.default_rng(2), QUICK, lambda _: swings, 5)
    assert (wrong.hits, marked.hits) == (0, 0)
