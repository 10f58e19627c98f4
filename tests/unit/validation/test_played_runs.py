"""Whole cells played through the profiles' own stopping rules: the answer is right, or it says that it is none."""

from __future__ import annotations

import numpy
import pytest

from runoff.common import tables
from runoff.validation import played_runs

QUICK = tables.read("experiments.toml")["profiles"]["quick"]


@pytest.mark.slow
@pytest.mark.parametrize("name", played_runs.SHAPES)
def test_quick_is_seldom_wrong_by_more_than_5_percent(name):
    wrong, _ = played_runs.biased(numpy.random.default_rng(2), QUICK, played_runs.SHAPES[name], 20)
    assert wrong.hits <= 5


def test_the_rule_that_quick_had_would_be_noticed():
    wrong, _ = played_runs.biased(numpy.random.default_rng(2), played_runs.FORMERLY, played_runs.drops, 20)
    assert wrong.hits >= 10
