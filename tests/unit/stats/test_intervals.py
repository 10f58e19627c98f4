"""A mean with its interval, and what is printed of it."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runoff.stats import intervals


@given(st.lists(st.floats(0.1, 1000), min_size=2, max_size=20))
def test_the_half_width_is_half_the_interval(values):
    estimate = intervals.geometric_mean(values)
    assert estimate.half_width == pytest.approx(math.log(estimate.high / estimate.value), abs=1e-9)
    assert intervals.geometric_mean(values[:1]).half_width == math.inf


def test_an_export_has_the_value_before_its_interval():
    assert intervals.Estimate(2.0, 1.0, 4.0).as_list == [2.0, 1.0, 4.0]
    assert intervals.Estimate(2.0, None, None).as_list == [2.0, None, None]


def test_an_estimate_is_scaled_with_its_interval():
    assert intervals.Estimate(2.0, 1.0, 4.0).scaled(3) == intervals.Estimate(6.0, 3.0, 12.0)
    assert intervals.Estimate(2.0, None, None).scaled(3) == intervals.Estimate(6.0, None, None)
    assert intervals.Estimate(2.0, 1.0, 4.0).half_width == pytest.approx(math.log(2))
    wild = intervals.geometric_mean([1e-300, 1e300])
    assert 0 < wild.low < wild.value < wild.high < math.inf


@pytest.mark.parametrize(("count", "quantile"), [(2, 12.7062), (3, 4.30265), (11, 2.22814)])
def test_the_interval_of_a_mean_is_students_with_a_degree_of_freedom_less_than_there_are_values(count, quantile):
    """As in every table of t at 97.5 %."""
    logs = [0.1 * (-1) ** at for at in range(count)]
    mean = sum(logs) / count
    spread = math.sqrt(sum((each - mean) ** 2 for each in logs) / (count - 1))
    found = intervals.geometric_mean([math.exp(each) for each in logs])
    assert math.log(found.value) == pytest.approx(mean)
    assert found.half_width == pytest.approx(quantile * spread / math.sqrt(count), rel=1e-5)
    assert found.low * found.high == pytest.approx(found.value**2)


@pytest.mark.parametrize(("risk", "quantile"), [(0.05, 2.22814), (0.01, 3.16927), (0.1, 1.81246)])
def test_an_interval_misses_the_truth_as_often_as_its_risk_says(risk, quantile):
    found = intervals.interval(0.5, 0.02, 10, risk)
    assert math.log(found.value) == pytest.approx(0.5)
    assert math.log(found.high) == pytest.approx(0.5 + 0.02 * quantile, rel=1e-5)
    assert math.log(found.low) == pytest.approx(0.5 - 0.02 * quantile, rel=1e-5)


def test_what_a_float_cannot_hold_ends_an_interval_in_finite_numbers():
    found = intervals.interval(0.0, 1e6, 1)
    assert math.log(found.low) == pytest.approx(-700)
    assert math.log(found.high) == pytest.approx(700)


@pytest.mark.parametrize(
    ("count", "outside"), [(2, None), (5, None), (6, 0), (8, 0), (9, 1), (11, 1), (12, 2), (20, 5), (30, 9)]
)
def test_a_median_has_the_interval_of_order_statistics(count, outside):
    """The table of the binomial distribution says how many may be left out at either end."""
    values = [float(each) for each in range(1, count + 1)]
    middle = (count + 1) / 2
    ends = (None, None) if outside is None else (1.0 + outside, float(count - outside))
    assert intervals.median(values[::-1]) == intervals.Estimate(middle, *ends)


def test_three_significant_digits_are_shown():
    assert [intervals.printed(value) for value in (1.00499, 1.0051, 123.49, 0.0012345)] == [1.0, 1.01, 123.0, 0.00123]
