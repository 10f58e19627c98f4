"""What comes of a task, whatever it does: a result that travels, with its times."""

from __future__ import annotations

import json
import os

import pytest

from tests.fakes.executor import Span, job
from transports.executors import run_job
from transports.messages import strict_json
from transports.task_registry import Retry

MS = 1_000_000


def performed(function, *args, now=(3 * MS, 8 * MS + 500_000), begun=None, deadline=100 * MS, **kwargs):
    """Return (result as a tree, outcome, queue_us, run_us, nanoseconds) of a task that arrived at a millisecond."""
    clock = iter(now)
    made = job("r", "f", *args, arrived=MS, deadline=deadline, **kwargs)
    (encoded, outcome, queue_us, run_us), run_ns = run_job.perform(function, made, lambda: next(clock), begun)
    return json.loads(encoded), outcome, queue_us, run_us, run_ns


def test_a_value_travels_with_its_times():
    assert performed(lambda a, b: [a, b], 1, b=2) == (
        {"id": "r", "attempt": 1, "status": "ok", "queue_us": 2000, "run_us": 5500, "result": [1, 2]},
        "ok",
        2000,
        5500,
        5_500_000,
    )


def test_a_task_may_have_begun_before():
    assert performed(lambda: 1, begun=2 * MS, now=[9 * MS])[1:] == ("ok", 1000, 7000, 7 * MS)


def test_a_task_whose_time_is_over_does_not_begin():
    ran = []
    tree, *rest = performed(ran.append, 1, now=[5 * MS], deadline=5 * MS)
    assert (tree["status"], tree["error"]["message"]) == ("error", "its time was over before it could start")
    assert rest == ["E_DEADLINE", -1, -1, 0]
    assert ran == []
    assert performed(ran.append, 1, deadline=3 * MS + 1)[1] == "ok"


def test_a_task_may_ask_to_be_run_again():
    def f():
        raise Retry("not yet")

    tree, *rest = performed(f)
    assert (tree["status"], tree["error"]["code"], tree["error"]["message"]) == ("retry", "E_TASK", "Retry: not yet")
    assert "type" not in tree["error"]
    assert rest == ["retry", 2000, 5500, 5_500_000]


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, TypeError])
def test_whatever_a_task_raises_is_its_result(kind):
    def f():
        raise kind("why")

    tree, *rest = performed(f)
    error = tree["error"]
    name = kind.__name__
    assert (error["code"], error["type"], error["message"]) == ("E_TASK", name, f"{name}: why")
    assert rest == ["E_TASK", 2000, 5500, 5_500_000]


def test_the_name_of_a_type_is_as_long_as_a_name():
    """A client refuses the frame of a result that is too long, and waits for the task in vain."""

    def f():
        raise type("T" * 10**7, (Exception,), {})

    assert performed(f)[0]["error"]["type"] == "T" * 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("kind", [None, SystemExit, Retry])
def test_a_child_that_a_task_forked_ends_where_it_comes_back_from_the_call(kind):
    here, forked = os.getpid(), []

    def f():
        forked.append(os.fork())
        if not forked[0] and kind is not None:
            raise kind("the child's")
        return "one"

    try:
        tree = performed(f)[0]
    finally:
        if os.getpid() != here:
            os._exit(7)  # or there are two of these tests
    assert tree["result"] == "one"
    assert os.waitpid(forked[0], 0)[1] == 0, "it came back"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
@pytest.mark.parametrize("worker", [1, 2**30])
def test_a_forked_process_ends_whatever_its_number_is(worker):
    """Numbers begin again: that of a child may be below its worker's."""
    forked = os.fork()
    if not forked:
        try:
            run_job.end_forked(worker)
        finally:
            os._exit(7)
    assert os.waitpid(forked, 0)[1] == 0, "it went on"


@pytest.mark.parametrize(("function", "outcome"), [(lambda: 1, "ok"), (object, "E_TASK")])
def test_the_trace_of_a_task_is_told_its_outcome(monkeypatch, function, outcome):
    span = Span()
    monkeypatch.setattr(run_job.tracing, "run", span.of)
    made = job("r", "f")
    made.trace = "of its client"
    assert run_job.perform(function, made, lambda: 0)[0][1] == outcome
    assert span.outcomes == [outcome]


def test_arguments_that_a_task_does_not_take_are_told_from_its_own_errors():
    tree, outcome, *times = performed(lambda: 1, "too many")
    assert (outcome, tree["error"]["code"], tree["error"]["type"]) == ("E_BAD_ARGS", "E_BAD_ARGS", "TypeError")
    assert times == [2000, 5500, 5_500_000]


class Odd(dict):
    """A value that fails when it is looked at."""

    def __iter__(self):
        raise OSError("no")

    items = keys = __iter__


class Ending(Odd):
    """A value that would end the process when it is looked at."""

    def __iter__(self):
        raise SystemExit("no")

    items = keys = __iter__


@pytest.mark.parametrize(
    ("value", "code", "message"),
    [
        (object(), "E_TASK", "its result cannot be sent: "),
        ("x" * (strict_json.STRING_BYTES + 1), "E_TOO_LARGE", "its result cannot be sent: "),
        (Odd(a=1), "E_TASK", "its result cannot be sent: "),
        (Ending(a=1), "E_TASK", "its result cannot be sent: "),
    ],
)
def test_a_value_that_cannot_travel_says_so(value, code, message):
    tree, outcome, *times = performed(lambda: value)
    assert (outcome, tree["error"]["code"]) == (code, code)
    assert tree["error"]["message"].startswith(message)
    assert len(tree["error"]["message"]) > len(message)
    assert times == [2000, 5500, 5_500_000]


def test_a_result_without_a_value_has_no_times_unless_it_ran():
    made = job("r", "f")
    assert run_job.failed(made, "E_BUSY", "no room", status="released")[1:] == ("released", -1, -1)
    assert run_job.failed(made, "E_BUSY", "no room")[1:] == ("E_BUSY", -1, -1)


def test_a_job_without_arguments_is_the_same_otherwise():
    made = job("r", "f", 1, 2, arrived=5, deadline=9, a=3)
    bare = run_job.without_arguments(made)
    assert (bare.args, bare.kwargs) == ((), {})
    same = ("id", "name", "attempt", "arrived", "deadline", "sender", "parcel", "codec")
    assert [getattr(bare, name) for name in same] == [getattr(made, name) for name in same]
    assert (made.settled, made.cancelled, made.isolated) == (False, False, False)
