"""The machine's pace and the compilers' time, as an invocation's record holds them."""

from __future__ import annotations

import pytest

from runoff.records import invocation_times, record

CELL = {"interpreter": "x", "scenario": "serial", "task": "noop", "batch": 1, "parameters": {}}
RECORD = {**CELL, "block": 0, "status": "ok", "iterations_ns": [5]}


def test_the_pace_of_an_invocation_is_that_beside_the_iterations_that_count():
    fields = {"iterations_ns": [5] * 4, "paces_ns": [9000, 9000, 100, 200, 9000], "started_at": 7.5}
    found = invocation_times.pace_of(record.new({**RECORD, **fields}), 2)
    assert found.pop("pace_ns") == 200, "an interruption does not count"
    assert found == {"runner": "x/serial", "kind": "serial/noop", "cell": "x/serial/noop/batch=1", "at": 7.5}


def test_where_the_pace_was_not_taken_beside_what_counts_it_is_the_last_one_before():
    fields = {"iterations_ns": [5] * 5, "paces_ns": [9000, None, 100, None, 400, None], "started_at": 7.5}
    short = record.new({**RECORD, **fields})
    assert [invocation_times.pace_of(short, counted)["pace_ns"] for counted in (0, 1, 3)] == [400, 400, 250]
    assert invocation_times.paces_of(short) == [9000, 100, 400]


def test_an_older_record_tells_nothing_of_the_pace():
    assert invocation_times.pace_of(record.new(RECORD), 1) is None
    assert invocation_times.pace_of(record.new({**RECORD, "paces_ns": [7, 7]}), 1) is None  # nobody knows when it was


@pytest.mark.parametrize(
    ("cpu_s", "wall_s", "compiling"),
    [(3.0, 2.0, [40, 0]), (1.0, 2.0, [60, 0]), (None, 2.0, [60, 0]), (3.0, None, [60, 0]), (3.0, 0.0, [60, 0])],
)
def test_what_compilers_work_on_several_cores_is_a_part_of_all_that_was_computed(cpu_s, wall_s, compiling):
    outcome = {**RECORD, "cpu_s": cpu_s, "wall_s": wall_s, "processes": 3, "compiling_ns": [60, 0]}
    assert invocation_times.compiling_of(outcome) == compiling
    found = invocation_times.warm_up_of(outcome)
    assert (found["compiling_ns"], found["processes"]) == (compiling, 3)


def test_what_no_interpreter_told_is_none():
    assert invocation_times.compiling_of({**RECORD, "cpu_s": 3.0, "wall_s": 2.0, "compiling_ns": None}) is None
    assert invocation_times.compiling_of({**RECORD, "cpu_s": 3.0, "wall_s": 2.0}) is None
