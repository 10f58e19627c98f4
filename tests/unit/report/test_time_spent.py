"""A run's seconds fall to first looks, pilots and the race, and to tasks and interpreters; together they are all."""

from __future__ import annotations

import pytest

from runoff.report import time_spent
from runoff.report.time_spent import FIRST, PILOT, RACE
from tests.helpers.exact_runs import cell, measured, run_of, shown


@pytest.fixture
def run(tmp_path):
    """One cell of two interpreters, started three times: the second start of the second one is its pilot."""
    planned, records = [], []
    interpreters = {label: {"described": label} for label in ("a-3.9", "b-3.11")}
    for label in interpreters:
        of_it = cell(label, "serial", "python")
        planned.append(of_it)
        for block, each in enumerate(measured(of_it, 0.1, 0.1, 0.1)):
            times = {"startup_ns": 1 * 10**9, "open_ns": 2 * 10**9, "cold_ns": 10**8, "wall_s": 6.0}
            iterations = [10**8] * (20 if (label, block) == ("b-3.11", 1) else 4)
            records.append({**each, **times, "block": block, "iterations_ns": iterations})
    return run_of(tmp_path, planned, records, pilot_s=2.0, interpreters=interpreters, baseline="a-3.9")


def test_each_invocation_is_of_one_kind_and_its_stretches_add_up(run):
    found = time_spent.by_kind(run)
    assert {name: spent.count for name, spent in found.items()} == {FIRST: 2, PILOT: 1, RACE: 3}
    pilot = found[PILOT]
    stretches = (pilot.starting_s, pilot.opening_s, pilot.cold_s, pilot.warm_s, pilot.rest_s)
    assert stretches == pytest.approx((1.0, 2.0, 0.1, 1.9, 1.0))
    for spent in found.values():
        parts = spent.starting_s + spent.opening_s + spent.cold_s + spent.warm_s + spent.rest_s
        assert spent.total_s == pytest.approx(parts) == pytest.approx(6.0 * spent.count)


def test_a_profile_without_pilots_has_none(run):
    run.header["pilot_s"] = 0.0
    assert {name: spent.count for name, spent in time_spent.by_kind(run).items()} == {FIRST: 2, RACE: 4}


def test_what_failed_is_not_counted_and_a_run_of_nothing_has_no_table(run):
    run.records[0]["status"] = "crashed"
    assert time_spent.by_kind(run)[FIRST].count == 1
    for each in run.records:
        each["status"] = "crashed"
    assert time_spent.tables(run) == []


def test_all_tables_of_a_report_end_with_it(run):
    lines = [line.split() for line in shown(run).splitlines()]
    assert [*FIRST.split(), "2", "2", "4", "0", "1", "5", "12"] in lines
    assert ["python", "18", "(3)", "18", "(3)", "36", "(6)"] in lines
