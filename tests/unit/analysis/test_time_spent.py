"""A run's seconds fall to first looks, pilots and the race, and to tasks and interpreters; together they are all."""

from __future__ import annotations

import pytest

from runoff.analysis import time_spent
from runoff.analysis.time_spent import ALL, FIRST, PILOT, RACE
from tests.helpers.exact_runs import cell, measured, run_of


@pytest.fixture
def run(tmp_path):
    """One cell of two interpreters, started three times: the second start of the second one is its pilot."""
    planned, records = [], []
    interpreters = {label: {"described": label} for label in ("a-3.9", "b-3.11")}
    for label in interpreters:
        of_it = cell(label, "serial", "python")
        planned.append(of_it)
        for block, each in enumerate(measured(of_it, 0.1, 0.1, 0.1)):
            times = {"startup_ns": 15 * 10**8, "open_ns": 225 * 10**7, "cold_ns": 10**8, "wall_s": 6.5}
            iterations = [125 * 10**6] * (20 if (label, block) == ("b-3.11", 1) else 4)
            records.append({**each, **times, "block": block, "iterations_ns": iterations})
    return run_of(tmp_path, planned, records, pilot_s=2.5, interpreters=interpreters, baseline="a-3.9")


def test_each_invocation_is_of_one_kind_and_its_stretches_add_up(run):
    found = time_spent.by_kind(run)
    assert {name: spent.count for name, spent in found.items()} == {FIRST: 2, PILOT: 1, RACE: 3}
    pilot = found[PILOT]
    stretches = (pilot.starting_s, pilot.opening_s, pilot.cold_s, pilot.warm_s, pilot.rest_s)
    assert stretches == pytest.approx((1.5, 2.25, 0.1, 2.4, 0.25))
    for spent in found.values():
        parts = spent.starting_s + spent.opening_s + spent.cold_s + spent.warm_s + spent.rest_s
        assert spent.total_s == pytest.approx(parts) == pytest.approx(6.5 * spent.count)


def test_a_profile_without_pilots_has_none(run):
    run.header["pilot_s"] = 0.0
    assert {name: spent.count for name, spent in time_spent.by_kind(run).items()} == {FIRST: 2, RACE: 4}
    del run.header["pilot_s"]  # as of before there were pilots
    assert {name: spent.count for name, spent in time_spent.by_kind(run).items()} == {FIRST: 2, RACE: 4}


def test_what_failed_is_not_counted_and_a_run_of_nothing_took_nothing(run):
    run.records[0]["status"] = "crashed"
    assert time_spent.by_kind(run)[FIRST].count == 1
    for each in run.records:
        each["status"] = "crashed"
    assert (time_spent.by_kind(run), time_spent.by_task(run)) == ({}, {})


def test_a_task_has_each_interpreter_that_measured_anything_and_all_of_them(run):
    run.header["interpreters"]["c-3.12"] = {"described": "c-3.12"}
    run.records[0]["task"] = "another"
    for each in run.records[-2:]:
        each["task"] = "another"
        each["status"] = "crashed"
    found = time_spent.by_task(run)
    assert {task: {name: spent.count for name, spent in of_each.items()} for task, of_each in found.items()} == {
        "another": {"a-3.9": 1, "b-3.11": 0, ALL: 1},
        "python": {"a-3.9": 2, "b-3.11": 1, ALL: 3},
    }
    assert [spent.total_s for spent in found["python"].values()] == pytest.approx([13.0, 6.5, 19.5])
