# Run by pytest (Python 3.9 upward). Real workers of every kind, run by several interpreters.
"""A deadline holds in every executor, and a drain ends when it says, with a task that never ends in the way."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults import hostile_worker
from tests.faults.amqp_workers import left_in
from tests.faults.hostile_worker import Meeting, pack
from tests.helpers.expected import needs_rabbitmq
from transports.worker import DRAINED, GAVE_BACK

pytest.importorskip("zmq")

#: What a client waits beyond a deadline, and how long a machine with eight users once gave a worker no time (1.7 s).
GRACE_S, NOISE_S = 0.25, 3.0
#: An overdue task goes on for longer than any answer may take: one that came at its end would be too late.
TASK_S = 6
DRAIN_S = 1.0
#: Closing a wire takes a second at most.
CLOSE_S = 1.0
FOR_EVER_S = 1000
KINDS = ("thread", "process", "async")
RUNS = [(None, kind) for kind in KINDS] + [
    (label, kind)
    for label in hostile_worker.INTERPRETERS[1:]
    for kind in KINDS
    if (label, kind) != ("cpython-2.7", "async")
]


@pytest.fixture(params=RUNS, ids=lambda run: f"{run[0] or 'ours'}-{run[1]}")
def meeting(request: pytest.FixtureRequest, found: Any, tmp_path: Path) -> Iterator[Meeting]:
    label, kind = request.param
    options = ["--drain-s", str(DRAIN_S), "--tasks", "tests.inside.remote_tasks"]
    made = hostile_worker.meet_over_zeromq([kind], tmp_path, options=options, **hostile_worker.how_to_run(found, label))
    yield made
    made.close()


def send(meeting: Meeting, name: str, *args: Any, **budgets_ms: int) -> None:
    """Send tasks called as ``budgets_ms`` says, in one frame."""
    tasks = [
        {"id": identity, "name": name, "args": list(args), "budget_ms": budget_ms}
        for identity, budget_ms in budgets_ms.items()
    ]
    meeting.stranger.send(pack({"v": 1, "kind": "tasks", "client": "c", "tasks": tasks}, "json"))


def late_by_s(meeting: Meeting, began: float, **budgets_ms: int) -> dict[str, float]:
    """Return how long after its deadline each task was answered, with E_DEADLINE."""
    late: dict[str, float] = {}
    while len(late) < len(budgets_ms):
        found, refused = meeting.stranger.results(1)
        assert found, "no answer"
        assert not refused
        for item in found:
            assert item["error"]["code"] == "E_DEADLINE"
            late[item["id"]] = time.monotonic() - began - budgets_ms[item["id"]] / 1000
    return late


@pytest.mark.parametrize("task", ["sleep", "spin"])
def test_a_task_ends_at_its_deadline(meeting: Meeting, task: str) -> None:
    """And with it those of this client and of another one that wait behind it."""
    meeting.client.map("noop", [[1]])
    began = time.monotonic()
    args = [TASK_S if task == "sleep" else TASK_S * 1000]
    send(meeting, task, *args, a=300)
    budgets_ms = {"b": 400, "c": 500, "d": 900}
    send(meeting, task, *args, **budgets_ms)
    behind = [meeting.client.submit(task, args, deadline_s=0.6) for _ in range(3)]
    late = late_by_s(meeting, began, a=300, **budgets_ms)
    assert all(-0.05 < seconds < GRACE_S + NOISE_S for seconds in late.values()), late
    outcomes = {outcome.id: outcome.error["code"] for outcome in meeting.client.poll(2.0) + meeting.client.poll(0.1)}
    assert outcomes == dict.fromkeys(behind, "E_DEADLINE")
    assert time.monotonic() - began < TASK_S
    meeting.check()


def test_a_drain_ends_when_it_says(meeting: Meeting) -> None:
    """What runs for ever is given back, and what waits behind it."""
    meeting.client.map("noop", [[1]])
    send(meeting, "spin", FOR_EVER_S * 1000, a=600_000, b=600_000)
    time.sleep(0.3)
    began = time.monotonic()
    meeting.worker.process.send_signal(signal.SIGTERM)
    assert meeting.worker.process.wait(10) == GAVE_BACK
    assert DRAIN_S <= time.monotonic() - began < DRAIN_S + 2 * CLOSE_S + NOISE_S
    found, _ = meeting.stranger.results(2, 2.0)
    assert {item["id"]: item["status"] for item in found} == {"a": "released", "b": "released"}
    assert "Traceback" not in meeting.worker.log.read_text()


@pytest.mark.parametrize("signalled", [False, True])
def test_a_worker_that_has_done_enough_drains_as_after_a_signal(tmp_path: Path, signalled: bool) -> None:
    """And a first signal meanwhile ends nothing sooner."""
    options = ["--drain-s", str(DRAIN_S), "--tasks", "tests.inside.remote_tasks", "--max-tasks", "2"]
    meeting = hostile_worker.meet_over_zeromq(["thread"], tmp_path, options=options)
    try:
        began = time.monotonic()
        tasks = [{"id": name, "name": "spin", "args": [10], "budget_ms": 600_000} for name in "abc"]
        tasks[2]["args"] = [FOR_EVER_S * 1000]
        meeting.stranger.send(pack({"v": 1, "kind": "tasks", "client": "c", "tasks": tasks}, "json"))
        if signalled:
            time.sleep(0.3)
            meeting.worker.process.send_signal(signal.SIGTERM)
        assert meeting.worker.process.wait(10) == GAVE_BACK
        assert DRAIN_S <= time.monotonic() - began < DRAIN_S + 2 * CLOSE_S + NOISE_S
        found, _ = meeting.stranger.results(3, 2.0)
        assert {item["id"]: item["status"] for item in found} == {"a": "ok", "b": "ok", "c": "released"}
    finally:
        meeting.close()


def test_a_drain_does_not_wait_for_work_whose_deadline_has_passed(meeting: Meeting) -> None:
    meeting.client.map("noop", [[1]])
    send(meeting, "spin", FOR_EVER_S * 1000, a=200)
    assert meeting.stranger.results(1)[0]
    began = time.monotonic()
    meeting.worker.process.send_signal(signal.SIGTERM)
    assert meeting.worker.process.wait(10) == DRAINED
    assert time.monotonic() - began < CLOSE_S + NOISE_S + 1.0


def test_a_drain_does_not_wait_for_what_tasks_have_left_behind(meeting: Meeting) -> None:
    """A handler of SIGTERM, where they run on the main thread, and a thread for which Python waits at its end."""
    send(meeting, "stubborn", 0, a=60_000)
    send(meeting, "leave_a_thread", FOR_EVER_S, b=60_000)
    assert len(meeting.stranger.results(2)[0]) == 2
    time.sleep(0.3)  # a turn of the worker, which takes its signals back
    began = time.monotonic()
    meeting.worker.process.send_signal(signal.SIGTERM)
    assert meeting.worker.process.wait(20) == DRAINED
    assert time.monotonic() - began < DRAIN_S + CLOSE_S + NOISE_S
    assert "Traceback" not in meeting.worker.log.read_text()


@needs_rabbitmq
@pytest.mark.parametrize("kind", KINDS)
def test_deadlines_and_drains_through_a_broker(node: Any, tmp_path: Path, kind: str) -> None:
    options = ["--drain-s", str(DRAIN_S)]
    meeting = hostile_worker.meet_over_amqp(node, "deadlines", [kind], tmp_path, options=options)
    try:
        began = time.monotonic()
        send(meeting, "sleep", TASK_S, a=300)
        send(meeting, "sleep", TASK_S, b=500, c=900)
        late = late_by_s(meeting, began, a=300, b=500, c=900)
        assert all(-0.05 < seconds < GRACE_S + NOISE_S for seconds in late.values()), late
        send(meeting, "sleep", FOR_EVER_S, d=600_000)
        time.sleep(0.5 if kind == "process" else TASK_S + 0.5)  # the thread that slept is there again
        began = time.monotonic()
        meeting.worker.process.send_signal(signal.SIGTERM)
        assert meeting.worker.process.wait(10) == GAVE_BACK
        assert DRAIN_S <= time.monotonic() - began < DRAIN_S + 2 * CLOSE_S + NOISE_S
        assert meeting.stranger.results(1, 0.5) == ([], [])
        assert left_in(node, meeting.client.wire.task_queue) == 1, "another worker takes it, should its client be gone"
    finally:
        meeting.close()
