"""The capability matrix: what ran, what could, and why the rest cannot."""

from __future__ import annotations

from pathlib import Path

from runoff.analysis import capability_matrix
from runoff.analysis.capability_matrix import ABLE, RAN, Group
from runoff.records import record

LABELS = ("cpython-3.13", "cpython-3.14", "micropython-3.4")


def cell(interpreter: str, scenario: str, task: str, skip: str | None = None, **parameters) -> dict:
    key = {"interpreter": interpreter, "scenario": scenario, "task": task, "batch": 2, "parameters": parameters}
    return {**key, "skip": skip}


def ended(planned: dict, status: str, reason: str | None = None) -> dict:
    key = {name: value for name, value in planned.items() if name != "skip"}
    return record.new({**key, "status": status, "reason": reason})


def run(cells: list[dict], records: list[dict], labels=LABELS) -> record.Run:
    header = {"interpreters": {label: {} for label in labels}, "cells": cells}
    return record.Run(Path("/run"), header, tuple(records))


def test_tells_what_ran_from_what_could_and_what_cannot():
    cells = [cell(LABELS[0], "threads", "noop"), cell(LABELS[1], "threads", "noop")]
    cells.append(cell(LABELS[2], "threads", "noop", "threads is not available on this interpreter"))
    records = [ended(cells[0], "ok")]  # the budget did not reach the second
    (group,) = capability_matrix.groups(run(cells, records))
    wanted = [RAN, ABLE, "threads is not available on this interpreter"]
    assert group == Group("threads", None, ("noop",), dict(zip(LABELS, wanted)))


def test_a_failure_is_told_without_what_is_incidental_to_it():
    planned = cell(LABELS[0], "gevent", "noop")
    why = "no reply; exit code 3 at 0x7f00 (log: invocations/00012-a/log.txt)"
    for status in ("crashed", "failed", "timeout"):
        (group,) = capability_matrix.groups(run([planned], [ended(planned, status, why)]))
        assert group.outcomes == {LABELS[0]: f"{status}: no reply; exit code 3 at "}
    (group,) = capability_matrix.groups(run([planned], [ended(planned, "skipped", "the budget")]))
    assert group.outcomes == {LABELS[0]: ABLE}


def test_an_invocation_that_was_right_outweighs_one_that_was_not():
    planned = cell(LABELS[0], "serial", "noop")
    for order in (("ok", "failed"), ("failed", "ok")):
        (group,) = capability_matrix.groups(run([planned], [ended(planned, each, "reason") for each in order]))
        assert group.outcomes == {LABELS[0]: RAN}


def test_of_several_sizes_of_one_pair_the_best_counts():
    small, large = (cell(LABELS[0], "thread-pool", "noop", concurrency=size) for size in (1, 2))
    for records in (
        [ended(small, "ok"), ended(large, "failed", "no")],
        [ended(small, "ok"), ended(large, "timeout", "no")],
        [ended(small, "failed", "no"), ended(large, "ok")],
        [ended(large, "ok")],
    ):
        (group,) = capability_matrix.groups(run([small, large], records))
        assert group.outcomes == {LABELS[0]: RAN}


def test_tasks_with_equal_outcomes_share_a_row_and_each_transport_has_its_own():
    cells = [
        cell(label, "distributed", task, None if task != "payload" else "no", transport=transport)
        for transport in ("memory", "zmq+tcp")
        for task in ("noop", "python", "payload")
        for label in LABELS[:2]
    ]
    made = capability_matrix.groups(run(cells, [ended(each, "ok") for each in cells if not each["skip"]]))
    assert [(group.transport, group.tasks) for group in made] == [
        ("memory", ("noop", "python")),
        ("memory", ("payload",)),
        ("zmq+tcp", ("noop", "python")),
        ("zmq+tcp", ("payload",)),
    ]


def test_interpreters_with_equal_outcomes_share_a_column():
    cells = [cell(label, "serial", "noop", "no" if label == LABELS[2] else None) for label in LABELS]
    made = capability_matrix.groups(run(cells, [ended(each, "ok") for each in cells if not each["skip"]]))
    assert capability_matrix.columns(made, LABELS) == [LABELS[:2], LABELS[2:]]


def test_the_baselines_repetition_is_no_interpreter():
    cells = [cell("baseline-repeat", "serial", "noop"), cell(LABELS[0], "serial", "noop")]
    (group,) = capability_matrix.groups(run(cells, []))
    assert group.outcomes == {LABELS[0]: ABLE}


def test_what_failed_last_is_told_and_a_cell_that_failed_once_of_several_sizes_gives_way_to_one_that_could():
    planned = cell(LABELS[0], "serial", "noop")
    records = [ended(planned, "failed", "first"), ended(planned, "crashed", "second")]
    (group,) = capability_matrix.groups(run([planned], records))
    assert group.outcomes == {LABELS[0]: "crashed: second"}
    small, large = (cell(LABELS[0], "thread-pool", "noop", concurrency=size) for size in (1, 2))
    for records in ([ended(small, "failed", "no")], [ended(large, "failed", "no")]):
        (group,) = capability_matrix.groups(run([small, large], records))
        assert group.outcomes == {LABELS[0]: ABLE}


def test_a_memory_limit_is_incidental_to_a_failure():
    planned = cell(LABELS[0], "serial", "noop")
    (group,) = capability_matrix.groups(run([planned], [ended(planned, "crashed", "killed; a memory limit of 2 GiB")]))
    assert group.outcomes == {LABELS[0]: "crashed: killed"}


def test_a_repetition_that_is_skipped_with_a_reason_has_its_own_outcome():
    cells = [cell(LABELS[0], "serial", "noop"), cell("baseline-repeat", "serial", "noop", "no environment")]
    (group,) = capability_matrix.groups(run(cells, []))
    assert group.outcomes == {LABELS[0]: ABLE, "baseline-repeat": "no environment"}
