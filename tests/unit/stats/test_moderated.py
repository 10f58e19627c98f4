"""The variance of few values, alone and moderated by what is known before."""

from __future__ import annotations

import math
import statistics

import pytest

from runoff.stats import moderated
from runoff.stats.moderated import Prior


def test_alone_it_is_the_sample_variance_of_the_logarithms():
    sample = [2.0, 3.0, 5.0, 7.0]
    found, freedom = moderated.variance(sample, None)
    assert found == pytest.approx(statistics.variance(map(math.log, sample)))
    assert freedom == 3


def test_moderated_it_is_the_mean_of_both_by_their_degrees_of_freedom():
    """As Smyth 2004 has it: own 2 with 1 degree of freedom, before 0.5 with 3."""
    assert moderated.variance([1.0, math.exp(2)], Prior(0.5, 3.0)) == pytest.approx(((1 * 2 + 3 * 0.5) / 4, 4.0))


def test_what_says_nothing_before_changes_nothing():
    assert moderated.variance([1.0, 2.0], Prior(9.0, 0.0)) == moderated.variance([1.0, 2.0], None)
