"""Lateness of the probe: known percentiles, and none from too few samples."""

from __future__ import annotations

import pytest

from runoff.analysis import interference
from runoff.analysis.cells.cell import Cell


def test_lateness_is_what_a_wake_up_took_beyond_its_period_without_the_cold_one():
    cell = Cell("x", "probe", "python", 1, {"period_ms": 2, "switch_ms": 0})
    cell.invocations = [{"iterations_ns": [9_000_000, 7_000_000, 3_000_000]}, {"iterations_ns": [1, 2_500_000]}]
    assert interference.late_ms(cell) == pytest.approx([0.5, 1.0, 5.0])
    assert interference.is_probe(cell)
    assert not interference.is_probe(Cell("x", "serial", "python", 1, {}))


def test_a_percentile_needs_ten_samples_beyond_it():
    ordered = [float(at) for at in range(1, 1001)]
    assert interference.percentile(ordered, 99.0) == 990.0
    assert interference.percentile(ordered, 50.0) == 500.0
    assert interference.percentile(ordered[:999], 99.0) is None


def test_a_thousand_wake_ups_show_the_middle_the_tenth_and_the_hundredth_part():
    """As docs/interference.md says: p50, p90 and p99."""
    ordered = [float(at) for at in range(1, 1001)]
    assert [interference.percentile(ordered, share) for share in interference.PERCENTILES] == [500.0, 900.0, 990.0]


def test_the_edge_of_a_percentile_is_exact():
    ordered = [float(at) for at in range(1, 101)]
    assert interference.percentile(ordered, 90.0) == 90.0
    assert interference.percentile(ordered[:20], 50.0) == 10.0
    assert interference.percentile(ordered[:19], 50.0) is None
