"""The table of bench-harness: the aim beside what was measured, however wide the terminal is."""

from __future__ import annotations

import io

from rich.console import Console

from bench import harness_cost
from bench.harness_cost import Row


def test_aim_measured_and_whether_it_was_reached_stand_side_by_side():
    rows = [
        Row(
            "the timed loop, per iteration",
            "cpython-3.13",
            "below 1 us",
            "0.63 us, of which 0.07 us are in the time",
            True,
        ),
        Row("two threads of native-nogil over serial", "cpython-3.13t", "at least 1.9", "1.59", False),
        Row("nox -l", "16 interpreters", "", "0.59 s", None),
    ]
    console = Console(file=io.StringIO(), width=140)
    console.print(harness_cost._table(rows))
    lines = console.file.getvalue().splitlines()
    assert any(line.rstrip().endswith("yes") and "below 1 us" in line and "0.63 us" in line for line in lines)
    assert any(line.rstrip().endswith("NO") and "at least 1.9" in line and "1.59" in line for line in lines)


def test_a_way_that_an_interpreter_has_not_is_a_dash_and_not_a_blank():
    console = Console(file=io.StringIO(), width=140)
    console.print(harness_cost._calls_table({"a": {"python": 20.0, "cffi": 5.4}, "b": {"python": 0.2}}))
    (row,) = [line.split() for line in console.file.getvalue().splitlines() if line.split()[:1] == ["b"]]
    assert row == ["b", "0", "-"]
