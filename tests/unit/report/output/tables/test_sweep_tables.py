"""Sweeps on a terminal: what a figure of a table is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from runoff.report.output.tables import sweep_tables
from runoff.stats.intervals import Estimate


def test_the_time_of_a_task_has_its_interval_the_right_way_round():
    found = sweep_tables._us(SimpleNamespace(throughput=Estimate(1000.0, 800.0, 2000.0)), None)
    assert (found.value, found.low, found.high) == pytest.approx((1000.0, 500.0, 1250.0))
    assert sweep_tables._us(SimpleNamespace(throughput=Estimate(500.0, None, None)), None) == Estimate(
        2000.0, None, None
    )
