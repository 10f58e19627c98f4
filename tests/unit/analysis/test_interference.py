"""Lateness of the probe: known percentiles, and none from too few samples."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from runoff.analysis import interference
from runoff.analysis.cells import Cell


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


def probe(task, label, scenario="probe", late_ms=1.0, count=1000):
    found = Cell(label, scenario, task, 1, {"period_ms": 2}, "ok")
    found.invocations = [{"iterations_ns": [1, *[int((2 + late_ms) * 1e6)] * count]}]
    return found


def test_the_edge_of_a_percentile_is_exact():
    ordered = [float(at) for at in range(1, 101)]
    assert interference.percentile(ordered, 90.0) == 90.0
    assert interference.percentile(ordered[:20], 50.0) == 10.0
    assert interference.percentile(ordered[:19], 50.0) is None


def test_the_table_has_a_row_for_each_probe_and_says_where_samples_are_too_few():
    cells = [probe("python", "two"), probe("io", "one", late_ms=0.126, count=100), probe("python", "one")]
    stream = io.StringIO()
    Console(file=stream, width=120, markup=False).print(*interference.tables(cells))
    lines = [line.split() for line in stream.getvalue().splitlines() if line.strip()]
    assert lines[1] == ["task", "scenario", "interpreter", "p50", "p90", "p99"]
    assert lines[3:] == [
        ["io", "probe[period_ms=2]", "one", "0.13", "0.13", "too", "few"],
        ["python", "probe[period_ms=2]", "two", "1.00", "1.00", "1.00"],
        ["python", "probe[period_ms=2]", "one", "1.00", "1.00", "1.00"],
    ]
