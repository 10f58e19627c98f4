"""The table of latencies."""

from __future__ import annotations

import io

from rich.console import Console

from runoff.report.output.tables import latency_table
from tests.fakes.made_cells import of_latencies, part

MS = 10**6


def at_rate(rate, ms=10.0, count=1000, load=None, late_ms=0.01):
    return {**part([ms] * count, late_ms, load), "rate": rate}


def shown(cells):
    stream = io.StringIO()
    for table in latency_table.tables(cells):
        Console(file=stream, width=200, markup=False).print(table)
    return stream.getvalue()


def test_the_table_has_a_row_for_each_load_with_dashes_for_what_is_not_carried():
    void = of_latencies([at_rate(100.0, count=100), at_rate(300.0, late_ms=20.0)])
    text = shown([void])
    rows = [line.split() for line in text.splitlines() if "tasks/s " in line and "cpython" in line]
    name = ["io", "cpython-3.13", "thread-pool"]
    assert [row[:3] for row in rows] == [name, name]
    assert rows[0][3:] == ["100", "tasks/s", "100", "10", "10", "-", "-", "10", "0.0102", "100", "0", "of", "1"]
    assert rows[1][3:] == ["300", "tasks/s", "300", "-", "-", "-", "-", "-", "20", "0", "1", "of", "1"]
    assert "late by more than 10% of p99" in " ".join(text.split())
    assert shown([]) == ""
