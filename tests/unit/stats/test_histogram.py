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
    assert histogram.problem([good]) is None
    assert histogram.problem([{**good, "load": None}]) is None, "a rate that was given is no share of the capacity"
    assert complaint in histogram.problem([{**good, **change}])
    assert histogram.problem({"not": "a list"}) is not None
