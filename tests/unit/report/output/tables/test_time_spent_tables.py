"""The tables of where the time went."""

from __future__ import annotations

from runoff.analysis.time_spent import FIRST, PILOT, RACE
from runoff.report.output.tables import time_spent_tables
from tests.helpers.exact_runs import cell, measured, run_of, shown


def run(tmp_path, status="ok"):
    """One cell of two interpreters, started three and two times; the last start is a pilot."""
    interpreters = {label: {"described": label} for label in ("a-3.9", "b-3.11")}
    cells = [cell("a-3.9", "serial", "python"), cell("b-3.11", "serial", "io")]
    records = [
        {**each, "startup_ns": 10**9, "open_ns": 2 * 10**9, "cold_ns": 10**8, "wall_s": 6.0, "block": block}
        for of_it, count in zip(cells, (3, 2))
        for block, each in enumerate(measured(of_it, *[0.1] * count))
    ]
    for each in records:
        each.update(iterations_ns=[10**8] * (20 if each is records[-1] else 4), status=status)
    return run_of(tmp_path, cells, records, pilot_s=2.0, interpreters=interpreters, baseline="a-3.9")


def test_all_tables_of_a_report_end_with_it(tmp_path):
    lines = [line.split() for line in shown(run(tmp_path)).splitlines()]
    assert [*FIRST.split(), "2", "2", "4", "0", "1", "5", "12"] in lines
    assert [*PILOT.split(), "1", "1", "2", "0", "2", "1", "6"] in lines
    assert [*RACE.split(), "2", "2", "4", "0", "1", "5", "12"] in lines
    assert ["task", "a-3.9", "b-3.11", "all"] in lines
    assert ["python", "18", "(3)", "-", "18", "(3)"] in lines
    assert ["io", "-", "12", "(2)", "12", "(2)"] in lines


def test_a_run_of_nothing_has_none(tmp_path):
    assert time_spent_tables.tables(run(tmp_path, status="crashed")) == []
