"""The table of probes."""

from __future__ import annotations

import io

from rich.console import Console

from runoff.analysis.cells.cell import Cell
from runoff.report.output.tables import interference_table


def probe(task, label, scenario="probe", late_ms=1.0, count=1000):
    found = Cell(label, scenario, task, 1, {"period_ms": 2}, "ok")
    found.invocations = [{"iterations_ns": [1, *[int((2 + late_ms) * 1e6)] * count]}]
    return found


def test_the_table_has_a_row_for_each_probe_and_says_where_samples_are_too_few():
    cells = [probe("python", "two"), probe("io", "one", late_ms=0.126, count=100), probe("python", "one")]
    stream = io.StringIO()
    Console(file=stream, width=120, markup=False).print(*interference_table.tables(cells))
    lines = [line.split() for line in stream.getvalue().splitlines() if line.strip()]
    assert lines[1] == ["task", "scenario", "interpreter", "p50", "p90", "p99"]
    assert lines[3:] == [
        ["io", "probe[period_ms=2]", "one", "0.13", "0.13", "too", "few"],
        ["python", "probe[period_ms=2]", "two", "1.00", "1.00", "1.00"],
        ["python", "probe[period_ms=2]", "one", "1.00", "1.00", "1.00"],
    ]
