"""report.stats on data with known answers."""

from __future__ import annotations

import math

import pytest

from report import stats


def test_ratio_of_equal_samples_is_one_and_its_interval_holds_one():
    ratio = stats.ratio([10.0, 11.0, 12.0], [12.0, 10.0, 11.0])
    assert ratio.value == pytest.approx(1.0)
    assert ratio.low < 1 < ratio.high


def test_ratio_agrees_with_scipy_welch_on_logarithms():
    from scipy import stats as scipy_stats

    above, below = [10.0, 11.5, 12.1, 10.9], [8.0, 8.4, 9.1]
    theirs = scipy_stats.ttest_ind(
        [math.log(x) for x in above], [math.log(x) for x in below], equal_var=False
    ).confidence_interval(0.95)
    ours = stats.ratio(above, below)
    assert (ours.low, ours.high) == pytest.approx((math.exp(theirs.low), math.exp(theirs.high)))
