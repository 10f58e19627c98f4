"""Percentiles over merged histograms, and void runs."""

from __future__ import annotations

import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from runoff.analysis import latency
from runoff.stats import histogram
from tests.fakes.made_cells import of_latencies, part

MS = 10**6


def test_histograms_are_merged_and_never_averaged():
    calm, wild = part([10.0] * 1000), part([10.0] * 900 + [500.0] * 100)
    (row,) = latency.of_cell(of_latencies([calm], [wild]))
    assert (row.invocations, row.void, row.count) == (2, 0, 2000)
    assert row.percentiles_ms[50.0] == pytest.approx(10, rel=0.01)
    assert row.percentiles_ms[90.0] == pytest.approx(10, rel=0.01)
    assert row.percentiles_ms[99.0] == pytest.approx(500, rel=0.01)  # 5 % of all are slow; the mean of p99s says 255
    assert row.max_ms == pytest.approx(500, rel=0.01)


@pytest.mark.parametrize(
    ("count", "share", "carried"),
    [(999, 99.0, False), (1000, 99.0, True), (20, 50.0, True), (9999, 99.9, False), (10000, 99.9, True)],
)
def test_a_percentile_needs_ten_samples_beyond_it(count, share, carried):
    assert latency.carries(count, share) == carried
    (row,) = latency.of_cell(of_latencies([part([10.0] * count)]))
    assert (share in row.percentiles_ms) == carried


def test_a_run_that_could_not_be_driven_is_void_and_counts_nothing():
    late = part([20.0] * 1000, late_ms=2.1)
    (row,) = latency.of_cell(of_latencies([part([10.0] * 1000)], [late], [late]))
    assert (row.void, row.count) == (2, 1000)
    assert row.percentiles_ms[50.0] == pytest.approx(10, rel=0.01)
    (alone,) = latency.of_cell(of_latencies([part([20.0] * 1000, late_ms=2.1)]))
    assert (alone.void, alone.count, alone.percentiles_ms) == (1, 0, {})


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(1000, 10**10), min_size=1, max_size=200))
def test_a_histogram_keeps_every_value_to_three_digits(times_ns):
    encoded = part([])["latencies"]
    assert histogram.merged([encoded]).get_total_count() == 0
    kept = histogram.merged([histogram._encoded(times_ns)])
    assert kept.get_total_count() == len(times_ns)
    assert kept.get_max_value() == pytest.approx(max(times_ns), rel=0.002, abs=1024)  # in steps of a microsecond


def test_the_interval_of_a_percentile_is_what_order_statistics_say():
    times = HdrHistogram(histogram.LOWEST_NS, histogram.HIGHEST_NS, histogram.DIGITS)
    for number in range(1, 1001):
        times.record_value(number * 1_000_000)
    low, high = latency.interval_ms(times, 50.0)
    assert (low, high) == pytest.approx((469, 531), abs=2)  # 500 and 1.96 sqrt(1000 / 4)
    low, high = latency.interval_ms(times, 99.0)
    assert (low, high) == pytest.approx((984, 996), abs=2)
    assert latency.interval_ms(times, 0) == pytest.approx((1, 1), rel=0.01)


@pytest.mark.parametrize(("share", "spread"), [(50.0, 980), (90.0, 588), (10.0, 588)])
def test_the_ends_of_an_interval_are_the_samples_that_a_binomial_names(share, spread):
    """Of a million samples, 1.96 sqrt(1000000 p (1 - p)) before and after the percentile: these last 2 and 4 ms."""
    times, middle = HdrHistogram(histogram.LOWEST_NS, histogram.HIGHEST_NS, histogram.DIGITS), int(10_000 * share)
    before, after, around = middle - spread - 3, 1_000_000 - middle - spread - 3, 2 * spread - 6
    for ms, count in ((1, before), (2, 6), (3, around), (4, 6), (5, after)):
        times.record_value(ms * MS, count)
    assert times.get_total_count() == 1_000_000
    assert latency.interval_ms(times, share) == pytest.approx((2, 4), rel=0.01)


def at_rate(rate, ms=10.0, count=1000, load=None, late_ms=0.01):
    return {**part([ms] * count, late_ms, load), "rate": rate}


def test_loads_stand_from_the_lowest_rate_up_whatever_their_order():
    found = latency.of_cell(of_latencies([at_rate(500.0), at_rate(90.0)], [at_rate(500.0), at_rate(90.0)]))
    assert [(row.load, row.rate, row.invocations, row.count) for row in found] == [
        ("90 tasks/s", 90.0, 2, 2000),
        ("500 tasks/s", 500.0, 2, 2000),
    ]


def test_one_load_is_one_row_with_the_mean_of_its_rates():
    (row,) = latency.of_cell(of_latencies([at_rate(100.0, load=70)], [at_rate(141.0, load=70)]))
    assert (row.load, row.rate) == ("70 % load", 120.5)


def test_times_shorter_than_a_millisecond_are_told_with_their_fractions():
    (row,) = latency.of_cell(of_latencies([at_rate(100.0, ms=0.25)]))
    assert (row.percentiles_ms[50.0], row.max_ms) == pytest.approx((0.25, 0.25), rel=0.01)


def test_a_cell_without_latencies_has_no_row():
    found = of_latencies()
    found.invocations = [{"latency": None}]
    assert latency.of_cell(found) == []


@pytest.mark.parametrize(("late_ms", "void"), [(0.98, False), (1.02, True)])
def test_a_generator_that_was_late_by_over_a_tenth_of_the_p99_measured_itself(late_ms, void):
    times = [10.0] * 985 + [90.0] * 15
    assert not latency.is_void(part(times, late_ms=8.9))
    assert latency.is_void(part([10.0] * 1000, late_ms=late_ms)) == void


@pytest.mark.parametrize(("late", "slow", "void"), [(5, 0, False), (15, 0, True), (15, 5, True), (15, 15, False)])
def test_the_slowest_in_a_hundred_are_what_a_generator_is_judged_by(late, slow, void):
    """So many of 1000 were sent 2 ms late, and so many answered after 90 ms: fewer than ten are beyond a p99."""
    answered, sent = part([10.0] * (1000 - slow) + [90.0] * slow), part([0.01] * (1000 - late) + [2.0] * late)
    assert latency.is_void({**answered, "late": sent["latencies"]}) == void
    (row,) = latency.of_cell(of_latencies([{**answered, "late": sent["latencies"]}]))
    assert row.late_ms == pytest.approx(2.0 if late > 10 else 0.01, rel=0.03)


def test_a_generator_that_had_nothing_to_send_was_not_late():
    assert not latency.is_void(part([]))
    (row,) = latency.of_cell(of_latencies([part([])]))
    assert (row.void, row.count, row.percentiles_ms) == (0, 0, {})


def test_what_void_invocations_measured_is_left_out_of_lateness_and_worst():
    (row,) = latency.of_cell(of_latencies([at_rate(100.0)], [at_rate(100.0, ms=50.0, late_ms=20.0)]))
    assert row.late_ms == pytest.approx(0.01, rel=0.03)
    assert row.max_ms == pytest.approx(10, rel=0.01)
    (alone,) = latency.of_cell(of_latencies([at_rate(100.0, ms=50.0, late_ms=20.0)]))
    assert alone.late_ms == pytest.approx(20, rel=0.01)


def test_a_row_in_words_has_none_for_what_its_samples_do_not_carry():
    (row,) = latency.of_cell(of_latencies([at_rate(100.0, count=100)]))
    words = latency.in_words(row)
    assert {name: words[name] for name in ("load", "rate", "samples", "void", "invocations", "p99", "p99.9")} == {
        **{"load": "100 tasks/s", "rate": 100.0, "samples": 100, "void": 0, "invocations": 1},
        **{"p99": None, "p99.9": None},
    }
    assert (words["p50"], words["p90"], words["max"]) == pytest.approx((10, 10, 10), rel=0.01)
    assert words["late"] == pytest.approx(0.01, rel=0.03)
    (void,) = latency.of_cell(of_latencies([at_rate(100.0, late_ms=20.0)]))
    assert latency.in_words(void)["max"] is None
