"""What a frame of tasks brings: jobs that can run, and what gets its outcome at once."""

from __future__ import annotations

from transports.messages import json_codec
from transports.service.intake import Intake
from transports.service.outbox import Parcel

MS = 1_000_000
NOW = 7 * MS


def task(identity, **fields):
    return {"id": identity, "name": "noop", "args": [1], **fields}


def intake(items, held):
    parcel = Parcel(len(items), None, 0)
    return Intake(items, held, {"noop": None}, "client", parcel, json_codec, NOW), parcel


def test_a_task_becomes_a_job_with_what_its_client_said():
    held = {}
    taken, parcel = intake([task("a", kwargs={"b": 2}, attempt=3, budget_ms=5, trace="t")], held)
    (job,) = taken.new
    assert held == {"a": job}
    assert (job.id, job.name, job.args, job.kwargs) == ("a", "noop", [1], {"b": 2})
    assert (job.attempt, job.arrived, job.deadline, job.trace) == (3, NOW, NOW + 5 * MS, "t")
    assert (job.sender, job.parcel, job.codec) == ("client", parcel, json_codec)
    assert (taken.refused, taken.nameless, taken.doubled, taken.earliest, parcel.left) == ([], [], 0, job.deadline, 1)


def test_a_task_that_says_nothing_else_has_a_minute_and_is_in_its_first_attempt():
    (job,) = intake([{"id": "a", "name": "noop"}], {})[0].new
    assert (list(job.args), job.kwargs, job.attempt, job.deadline) == ([], {}, 1, NOW + 60_000 * MS)


def test_what_cannot_run_is_told_why_and_held_until_then():
    held = {}
    wrong = [task("a", budget_ms=0), task("b", name="else"), task("c", name="else", budget_ms=0), task("d", args=1)]
    taken, parcel = intake([*wrong, task("e")], held)
    assert [(job.id, refusal[0]) for job, refusal in taken.refused] == [
        ("a", "E_DEADLINE"),
        ("b", "E_UNKNOWN_TASK"),
        ("c", "E_UNKNOWN_TASK"),
        ("d", "E_BAD_ARGS"),
    ]
    assert ([job.id for job in taken.new], sorted(held), parcel.left) == (["e"], ["a", "b", "c", "d", "e"], 5)
    assert taken.earliest == NOW


def test_what_no_result_could_name_is_none_of_the_frame():
    held = {}
    taken, parcel = intake([1, {"name": "noop"}, task("a")], held)
    assert [refusal[0] for refusal in taken.nameless] == ["E_MALFORMED", "E_MALFORMED"]
    assert (list(held), parcel.left) == (["a"], 1)


def test_a_task_that_is_here_is_answered_once_with_the_frame_that_came_last():
    held = {}
    first, older = intake([task("a", attempt=4)], held)
    second, newer = intake([task("a", attempt=2), task("b")], held)
    (job,) = first.new
    assert (held["a"], job.parcel, job.attempt, older.left, newer.left) == (job, newer, 4, 0, 2)
    assert ([each.id for each in second.new], second.doubled) == (["b"], 1)
    intake([task("a", attempt=5)], held)
    assert job.attempt == 5
