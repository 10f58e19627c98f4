"""Histograms of latencies, and what cannot be believed of a reply."""

from __future__ import annotations

import pytest

from runoff.stats import histogram


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"latencies_ns": [1, -1]}, "not whole nanoseconds"),
        ({"latencies_ns": [1]}, "1 of 2 requests"),
        ({"late_ns": None}, "not whole nanoseconds"),
        ({"rate": "fast"}, "at which rate"),
    ],
)
def test_latencies_that_cannot_be_believed_are_refused(change, complaint):
    good = {
        "load": 70,
        "capacity": 1.0,
        "rate": 1.0,
        "sent": 2,
        "wall_ns": 1,
        "latencies_ns": [1, 2],
        "late_ns": [0, 0],
    }
    assert histogram.problem([good], 1) is None
    assert histogram.problem([{**good, "load": None}], 1) is None, "a rate that was given is no share of the capacity"
    assert complaint in histogram.problem([{**good, **change}], 1)
    assert histogram.problem({"not": "a list"}, 1) is not None


GOOD = {
    "load": 70,
    "capacity": 1.0,
    "rate": 2.0,
    "sent": 3,
    "wall_ns": 4,
    "latencies_ns": [10**6, 2 * 10**6, 3 * 10**6],
    "late_ns": [0, 1, 2],
}


def test_latencies_are_a_list_of_the_loads_that_were_asked_for():
    assert histogram.problem([GOOD, GOOD], 2) is None
    for wrong in (None, {}, "loads", [GOOD, None], [[GOOD]]):
        assert histogram.problem(wrong, 2) == "the reply's latencies are not a list of loads"
    for wrong in ([], [GOOD], [GOOD] * 3):
        assert histogram.problem(wrong, 2) == f"the reply has latencies at {len(wrong)} loads, asked for 2"


def test_a_cell_without_a_load_has_no_latencies():
    assert histogram.problem(None, 0) is None
    assert histogram.problem([], 0) is None
    assert histogram.problem([GOOD], 0) == "the reply reports latencies that were not asked for"


@pytest.mark.parametrize("name", ["capacity", "rate", "sent", "wall_ns"])
@pytest.mark.parametrize("value", [None, "1", True])
def test_every_fact_but_the_load_must_be_a_number(name, value):
    assert histogram.problem([GOOD, {**GOOD, name: value}], 2) == (
        "the reply does not say at which rate its latencies were taken"
    )


def test_a_load_that_was_given_is_a_number():
    assert "at which rate" in histogram.problem([{**GOOD, "load": "70"}], 1)


def test_what_is_wrong_with_times_names_their_list():
    assert histogram.problem([{**GOOD, "late_ns": (0, 0, 0)}], 1) == "the reply's late_ns are not whole nanoseconds"
    assert histogram.problem([{**GOOD, "late_ns": [0, 0.5, 0]}], 1) == "the reply's late_ns are not whole nanoseconds"
    assert histogram.problem([{**GOOD, "late_ns": [0, True, 0]}], 1) == "the reply's late_ns are not whole nanoseconds"
    assert histogram.problem([{**GOOD, "late_ns": [0] * 4}], 1) == "4 of 3 requests have late_ns"
    assert histogram.problem([{**GOOD, "latencies_ns": [1] * 2}], 1) == "2 of 3 requests have latencies_ns"


def test_a_record_keeps_the_facts_and_each_list_as_a_histogram():
    kept = histogram.from_reply(GOOD)
    assert {name: value for name, value in kept.items() if not isinstance(value, str)} == {
        "load": 70,
        "capacity": 1.0,
        "rate": 2.0,
        "sent": 3,
        "wall_ns": 4,
    }
    latencies, late = (histogram.merged([kept[name]]) for name in ("latencies", "late"))
    assert latencies.get_total_count() == late.get_total_count() == 3
    assert latencies.get_value_at_percentile(50) == pytest.approx(2 * 10**6, rel=1e-3)
    assert late.get_max_value() <= 1024, "a lateness below a microsecond counts as one"


def test_merged_histograms_hold_all_values_and_none_of_none():
    one, other = (
        histogram.from_reply({**GOOD, "latencies_ns": times})["latencies"] for times in ([10**6], [9 * 10**6])
    )
    both = histogram.merged([one, other, one])
    assert both.get_total_count() == 3
    assert both.get_min_value() == pytest.approx(10**6, rel=1e-3)
    assert both.get_max_value() == pytest.approx(9 * 10**6, rel=1e-3)
    assert histogram.merged([]).get_total_count() == 0


def test_what_took_longer_than_ten_minutes_counts_as_ten_minutes_and_is_not_lost():
    kept = histogram.merged([histogram.from_reply({**GOOD, "latencies_ns": [2 * 10**12]})["latencies"]])
    assert kept.get_total_count() == 1
    assert kept.get_max_value() == pytest.approx(600 * 10**9, rel=1e-3)


def test_values_that_differ_by_a_per_mille_and_more_are_told_apart():
    kept = histogram.merged(
        [histogram.from_reply({**GOOD, "latencies_ns": [1_000_000_000, 1_002_000_000]})["latencies"]]
    )
    assert kept.get_value_at_percentile(50) < 1_001_000_000 < kept.get_value_at_percentile(100)


def test_values_that_differ_by_less_than_its_digits_count_as_one():
    kept = histogram.from_reply({**GOOD, "latencies_ns": [1_000_000_000, 1_000_100_000]})["latencies"]
    times = histogram.merged([kept])
    assert times.get_value_at_percentile(50) == times.get_value_at_percentile(100)
