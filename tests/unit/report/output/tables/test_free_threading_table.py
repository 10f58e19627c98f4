"""The table of free-threaded builds."""

from __future__ import annotations

from runoff.analysis.measured_cells import MeasuredCells
from runoff.report.output.tables import free_threading_table
from tests.helpers.exact_runs import cell, measured, run_of, shown

USUAL, FREE = "cpython-3.13", "cpython-3.13t"


def run(tmp_path, **took_s):
    """A run of the task python whose iterations take so long, on a usual and on a free-threaded build."""
    facts = {"implementation": "CPython", "python": "3.13", "described": "CPython 3.13"}
    interpreters = {
        USUAL: {**facts, "free_threaded": False, "gil": True},
        FREE: {**facts, "free_threaded": True, "gil": False},
    }
    planned, records = [], []
    for label in (USUAL, FREE):
        for scenario, seconds in took_s.items():
            of_it = cell(label, scenario, "python")
            planned.append(of_it)
            records += measured(of_it, *[seconds[label == FREE]] * 3)
    return run_of(tmp_path, planned, records, interpreters=interpreters)


def test_the_report_has_a_row_for_each_task_of_a_build(tmp_path):
    text = shown(run(tmp_path, serial=(1.0, 1.6), threads=(1.25, 0.8)))
    assert "Free-threaded: the price of one thread, the gain of many" in text
    assert free_threading_table.EXPLAINED in text
    (line,) = [each for each in text.splitlines() if each.split()[:4] == ["python", FREE, USUAL, "threads"]]
    figures = [line.index(figure) for figure in ("0.625", " 2 ", " 0.8 ", "1.25")]
    assert figures == sorted(figures)


def test_there_is_no_table_without_threads(tmp_path):
    found = run(tmp_path, serial=(1.0, 1.6))
    assert free_threading_table.tables(MeasuredCells.of(found)) == []
    assert "Free-threaded: the price" not in shown(found)
