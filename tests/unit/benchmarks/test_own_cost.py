"""The table of bench-harness: the aim beside what was measured, however wide the terminal is."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from runoff.benchmarks.own_cost import harness, sampler
from runoff.benchmarks.own_cost.harness import Row
from runoff.stats.intervals import Estimate


def test_aim_measured_and_whether_it_was_reached_stand_side_by_side():
    rows = [
        Row(
            "the timed loop, per iteration",
            "cpython-3.13",
            "below 1 us",
            "0.63 us, of which 0.07 us are in the time",
            harness.YES,
        ),
        Row("two threads of native-nogil over serial", "cpython-3.13t", "at least 1.9", "1.59", harness.NO),
        Row("nox -l", "16 interpreters", "", "0.59 s", ""),
    ]
    console = Console(file=io.StringIO(), width=140)
    console.print(harness._table(rows))
    lines = console.file.getvalue().splitlines()
    assert any(line.rstrip().endswith("yes") and "below 1 us" in line and "0.63 us" in line for line in lines)
    assert any(line.rstrip().endswith("NO") and "at least 1.9" in line and "1.59" in line for line in lines)


def test_a_way_that_an_interpreter_has_not_is_a_dash_and_not_a_blank():
    console = Console(file=io.StringIO(), width=140)
    console.print(harness._calls_table({"a": {"python": 20.0, "cffi": 5.4}, "b": {"python": 0.2}}))
    (row,) = [line.split() for line in console.file.getvalue().splitlines() if line.split()[:1] == ["b"]]
    assert row == ["b", "0", "-"]


@pytest.mark.parametrize(
    ("low", "high", "reached"),
    [
        (0.995, 1.009, "yes"),
        (0.9, 1.1, "cannot tell"),
        (1.001, 1.03, "cannot tell"),
        (1.03, 1.05, "NO"),
        (0.9, 0.97, "NO"),
    ],
)
def test_an_aim_is_reached_or_missed_only_by_the_whole_interval(low, high, reached):
    environment = SimpleNamespace(interpreter=SimpleNamespace(label="cpython-3.13"))
    assert harness._ratio_row("ours", environment, Estimate((low + high) / 2, low, high), 0.02).reached == reached


def test_a_sampler_that_costs_a_tenth_is_seen_through_a_machine_that_gets_slower():
    changes = [100.0 + second for second in range(11)]  # sampled: 101 to 102, 103 to 104 ...
    times_s, now = [], 100.0
    while now < 110.0:
        times_s.append(0.02 * (1.1 if int(now) % 2 else 1.0) * (1 + (now - 100.0) / 50))
        now += times_s[-1]
    found = sampler.paired(times_s, 100.0, changes)
    assert len(found) == 3  # those with a stretch that was not sampled on both sides, away from start and end
    assert found == pytest.approx([1.1] * 3, rel=0.01)
