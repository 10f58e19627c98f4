"""What a worker answers, settles and counts, frame by frame: on a clock that the test sets."""

from __future__ import annotations

import logging
import os
import platform

import pytest

from tests.fakes.executor import Executor
from tests.fakes.worker_wire import Wire
from transports import errors, task_service
from transports.executors import run_job
from transports.executors.quarantine import SUSPECT_AFTER
from transports.messages import json_codec
from transports.wires import base

NS = 1_000_000_000
MS = 1_000_000


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def executor():
    return Executor(concurrency=3)


@pytest.fixture
def make(wire, executor):
    """make(...) -> a service whose clock is at a second."""

    def made(**options):
        now = [NS]
        service = task_service.Service(
            wire, {"noop": lambda number=None: number, "b": None}, executor, now_ns=lambda: now[0], **options
        )
        service.now = now
        return service

    return made


@pytest.fixture
def service(make):
    return make()


def statuses(results):
    return [(item["id"], item["status"]) for item in results if type(item) is dict]


def error_of(item):
    return item["error"]["code"], item["error"]["message"]


# --- to be greeted ---


def test_a_new_service_tells_its_wire_how_much_it_runs_and_takes(wire, make):
    service = make(credit=7)
    assert (wire.concurrency, wire.credits) == (3, [7])
    assert service.idle()
    assert (service.in_flight(), service.is_over()) == (0, False)


def test_a_hello_is_answered_with_what_a_client_must_know(wire, service):
    wire.says("c", "hello", "token", client="c", codecs=["strange", "json"])
    service.turn(0.0)
    welcome = wire.last("c")
    worker = welcome.pop("worker")
    assert welcome == {
        "v": 1,
        "kind": "welcome",
        "credit": 1000,
        "concurrency": 3,
        "codec": "json",
        "codecs": service._codecs,
        "tasks": ["b", "noop"],
    }
    assert json_codec.is_id(worker.pop("id"))
    assert worker == {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "pid": os.getpid(),
    }
    assert wire.settled == [("token", base.DONE)]


def test_a_client_with_no_codec_of_ours_is_told_which_there_are(wire, service):
    wire.says("c", "hello", "token", client="c", codecs=["strange"])
    service.turn(0.0)
    assert wire.last("c")["error"] == {
        "code": "E_CODEC",
        "message": "no codec in common",
        "retryable": False,
        "details": service._codecs,
    }
    assert wire.settled == [("token", base.REJECT)]
    service.now[0] += NS
    service.turn(0.0)
    assert wire.sent["c"] == ["error"], "it gets no beat"


def test_no_more_than_a_thousand_clients_get_beats_and_the_oldest_none(wire, service, monkeypatch):
    monkeypatch.setattr(task_service, "MOST_CLIENTS", 2)
    for name in ("a", "b", "a", "c"):
        wire.says(name, "hello", client="c", codecs=["json"])
    service.turn(0.0)
    service.now[0] += NS
    service.turn(0.0)
    assert [name for name, tree in wire.frames if tree["kind"] == "beat"] == ["a", "c"]


def test_a_client_with_tasks_loses_its_beats_to_no_newer_one(wire, service, executor, monkeypatch):
    monkeypatch.setattr(task_service, "MOST_CLIENTS", 2)
    for name in ("a", "b"):
        wire.says(name, "hello", client="c", codecs=["json"])
    wire.asks("a", 1)
    wire.says("c", "hello", client="c", codecs=["json"])
    wire.asks("c", 2)
    wire.says("d", "hello", "token", client="c", codecs=["json"])
    service.turn(0.0)
    assert wire.sent["d"] == ["error"]
    assert error_of(wire.last("d")) == ("E_BUSY", "2 clients have tasks here")
    assert wire.settled[-1] == ("token", base.REJECT)
    wire.says("a", "hello", client="c", codecs=["json"])
    service.now[0] += NS
    service.turn(0.0)
    assert sorted(name for name, tree in wire.frames if tree["kind"] == "beat") == ["a", "c"]
    for _ in range(2):
        executor.end()
    service.keep()
    wire.says("d", "hello", client="c", codecs=["json"])
    service.turn(0.0)
    assert wire.sent["d"] == ["error", "welcome"]


# --- what is no task ---


@pytest.mark.parametrize(
    ("frame", "code", "message"),
    [
        (b"\x00", "E_CODEC", "a frame begins with a JSON object's brace or a MessagePack map"),
        (json_codec.control("beat", held=[]), "E_MALFORMED", "beat is nothing that a worker is sent"),
    ],
)
def test_a_frame_that_cannot_be_is_refused_counted_and_said_once(wire, service, caplog, frame, code, message):
    caplog.set_level(logging.WARNING, "runoff.transports")
    for token in ("first", "second"):
        wire.arrives("c", frame, token)
    service.turn(0.0)
    assert wire.last("c")["error"] == {"code": code, "message": message, "retryable": False}
    assert wire.settled == [("first", base.REJECT), ("second", base.REJECT)]
    assert service.counts[code] == 2
    assert caplog.messages == [f"a message was refused: {code}: {message} (said once)"]


def test_not_more_than_a_thousand_sentences_are_said(service, caplog):
    caplog.set_level(logging.WARNING, "runoff.transports")
    for number in range(1002):
        service._log_once(str(number))
    assert len(caplog.messages) == 1000


def test_an_item_that_is_no_task_is_counted_and_takes_no_other_along(wire, service, executor):
    tasks = [7, {"name": "noop"}, {"id": "a", "name": 7}, {"id": "b", "name": "noop", "args": [1]}]
    wire.says("c", "tasks", "token", client="c", tasks=tasks)
    service.turn(0.0)
    assert executor.ids() == ["b"]
    executor.end()
    service.keep()
    refused, good = wire.sent["c"]
    assert error_of(refused) == ("E_MALFORMED", "a task's name is text of 1 to 200 characters")
    assert (refused["id"], refused["attempt"], good["result"]) == ("a", 1, 1)
    assert service.counts["E_MALFORMED"] == 3
    assert wire.settled == ["token"]


def test_a_frame_without_a_task_is_settled_and_leaves_nothing(wire, service):
    wire.says("c", "tasks", "empty", client="c", tasks=[])
    wire.says("c", "tasks", "wrong", client="c", tasks=[7])
    service.turn(0.0)
    assert wire.settled == [("empty", base.DONE), ("wrong", base.DONE)]
    assert service._held.by_sender == {}


def test_a_task_of_another_name_and_one_without_time_get_their_reason(wire, service, executor):
    tasks = [
        {"id": "a", "name": "x" * 61 + "y", "args": []},
        {"id": "b", "name": "noop", "budget_ms": 0},
        {"id": "c", "name": "noop", "budget_ms": 1},
    ]
    wire.says("c", "tasks", client="c", tasks=tasks)
    service.turn(0.0)
    assert [error_of(item) for item in wire.sent["c"]] == [
        ("E_UNKNOWN_TASK", "no task is called " + "x" * 60),
        ("E_DEADLINE", "there was no time left when it arrived"),
    ]
    assert executor.ids() == ["c"]
    assert (service.counts["E_UNKNOWN_TASK"], service.counts["E_DEADLINE"], service.counts["taken"]) == (1, 1, 1)


# --- tasks ---


def test_a_task_has_a_minute_where_its_client_says_nothing(wire, service, executor):
    wire.asks("c", 1, attempt=2, budget_ms=1500, kwargs={}, trace="00-x")
    wire.says("c", "tasks", client="c", tasks=[{"id": "2", "name": "noop"}])
    service.take(0.0)
    given, bare = executor.jobs
    assert (given.deadline, given.attempt, given.args, given.trace) == (NS + 1500 * MS, 2, [1], "00-x")
    assert (bare.deadline, bare.attempt, bare.args, bare.trace) == (61 * NS, 1, (), None)
    assert given.kwargs == bare.kwargs == {}
    assert (given.arrived, given.sender, given.codec) == (NS, "c", json_codec)


def test_a_client_may_have_twice_its_credit_here_and_gets_the_rest_back(wire, make, executor):
    service = make(credit=2)
    wire.asks("c", *range(3))
    wire.asks("c", *range(3, 7))
    wire.asks("other", 9)
    service.turn(0.0)
    assert executor.ids() == ["0", "1", "2", "3", "9"]
    assert statuses(wire.sent["c"]) == [("4", "released"), ("5", "released"), ("6", "released")]
    assert error_of(wire.sent["c"][0]) == ("E_BUSY", "no room")
    assert (service.counts["taken"], service.in_flight()) == (5, 5)
    assert service.counts["answered"] == 0, "a worker that recycles after so many tasks would leave, and credit grow"


def test_a_worker_that_leaves_gives_back_every_task_of_a_frame(wire, service, executor):
    wire.asks("c", 1)
    service.turn(0.0)
    service.drain(2 * NS)
    service.turn(0.0)
    wire.asks("c", 2, 3)
    service.turn(0.0)
    assert executor.ids() == ["1"]
    assert [each for each in statuses(wire.sent["c"]) if each[1] == "released"] == [
        ("2", "released"),
        ("3", "released"),
    ]


def test_a_client_without_room_in_bytes_gets_every_task_of_a_frame_back(wire, service, executor, monkeypatch):
    monkeypatch.setattr(service, "_most_bytes", 10)
    wire.asks("c", 2, 3)
    service.turn(0.0)
    assert (executor.ids(), statuses(wire.sent["c"])) == ([], [("2", "released"), ("3", "released")])


def test_a_client_gets_the_first_codec_that_it_names_and_we_have(wire, service, monkeypatch):
    monkeypatch.setattr(service, "_codecs", ["json", "msgpack"])
    wire.says("c", "hello", "token", client="c", codecs=["strange", "msgpack", "json"])
    service.turn(0.0)
    assert wire.last("c")["codec"] == "msgpack"


def test_a_client_that_has_more_than_its_credit_by_now_gets_every_further_task_back(wire, make, executor):
    """Its credit was halved meanwhile."""
    service = make(credit=4)
    wire.asks("c", *range(8))
    service.turn(0.0)
    service.credit.tasks = 2
    wire.asks("c", "a", "b")
    service.turn(0.0)
    assert executor.ids() == [str(number) for number in range(8)]
    assert statuses(wire.sent["c"]) == [("a", "released"), ("b", "released")]


def test_results_that_wait_for_their_client_take_its_room_as_tasks_do(wire, make, executor):
    """It may have six here: one runs, and behind the frame that is on its way the result of another one waits."""
    service = make(credit=3)
    wire.room["c"] = 0
    wire.asks("c", 1, 2, 3)
    service.turn(0.0)
    for _ in range(2):
        executor.end()
        service.keep()
    wire.asks("c", *range(4, 10))
    service.turn(0.0)
    assert executor.ids() == ["3", "4", "5", "6", "7"]


MIB = 2**20
LARGE = "x" * MIB


def test_a_client_may_have_64_mib_of_frames_here_and_a_frame_for_each_that_runs(wire, service, executor):
    """Its executor runs three."""
    for number in range(100):
        wire.asks("c", number, args=[LARGE])
    wire.asks("other", "good", args=[LARGE])
    service.turn(0.0)
    taken = len(executor.jobs) - 1
    assert executor.ids() == [*map(str, range(taken)), "good"]
    assert taken == (64 + 3 * 4) * MIB // (MIB + 120)
    assert statuses(wire.sent["c"]) == [(str(number), "released") for number in range(taken, 100)]
    assert {error_of(each) for each in wire.sent["c"]} == {("E_BUSY", "no room")}


def test_what_a_client_has_here_makes_room_when_its_frame_has_ended(wire, service, executor, monkeypatch):
    monkeypatch.setattr(service, "_most_bytes", 3 * MIB)
    wire.asks("c", "1", "2", args=[LARGE])
    service.turn(0.0)
    executor.end()
    service.keep()
    wire.asks("c", "3", args=[LARGE])
    service.turn(0.0)
    assert statuses(wire.sent["c"]) == [("1", "ok"), ("3", "released")], "the other one of its frame is here"
    executor.end()
    service.turn(0.0)
    wire.asks("c", "4", args=[LARGE])
    service.turn(0.0)
    assert executor.ids() == ["4"]


@pytest.mark.parametrize("how", ["cancel", "bye", "deadline"])
def test_arguments_that_nobody_waits_for_are_not_kept_until_an_executor_comes_to_them(wire, service, executor, how):
    wire.asks("c", *range(60), args=["x"], budget_ms=1000)
    service.turn(0.0)
    jobs = list(executor.jobs)
    if how == "deadline":
        service.now[0] += 2 * NS
    else:
        wire.says("c", how, client="c", ids=[job.id for job in jobs])
    service.turn(0.0)
    assert {(job.args, job.kwargs, job.cancelled) for job in jobs} == {(None, None, True)}
    assert service.in_flight() == service._held.bytes_of("c") == 0


def test_a_task_that_comes_again_as_a_small_one_frees_nothing(wire, service, executor, monkeypatch):
    monkeypatch.setattr(service, "_most_bytes", 3 * MIB)
    wire.asks("c", "1", "2", args=[LARGE])
    wire.asks("c", "1", "2")
    wire.asks("c", "3", args=[LARGE])
    service.turn(0.0)
    assert executor.ids() == ["1", "2"]
    assert statuses(wire.sent["c"]) == [("3", "released")]


def test_a_broker_hands_out_as_many_bytes_as_its_wire_has_asked_for(wire, make, executor, monkeypatch):
    wire.beats = False
    service = make()
    monkeypatch.setattr(service, "_most_bytes", MIB)
    for number in range(5):
        wire.asks("c", number, args=[LARGE])
    service.turn(0.0)
    assert len(executor.jobs) == 5


def test_a_credit_of_which_twice_as_many_tasks_are_too_many_for_a_beat_is_refused(wire, make, executor):
    with pytest.raises(errors.Unusable, match="a credit of 4951 is too much: .*; give 4950 at most"):
        make(credit=4951)
    service = make(credit=4950)
    wire.says("c", "hello", client="c", codecs=["json"])
    for begin in range(0, 2 * 4950, 900):
        wire.asks("c", *range(begin, min(begin + 900, 2 * 4950)))
    service.turn(0.0)
    service.now[0] += NS
    service.turn(0.0)
    assert len(wire.last("c")["held"]) == 2 * 4950
    wire.beats = False
    assert make(credit=4951).credit.tasks == 4951


def test_a_broker_hands_out_what_its_wire_has_asked_for(wire, make, executor):
    wire.beats = False
    service = make(credit=1)
    wire.asks("c", *range(5))
    service.turn(0.0)
    assert len(executor.jobs) == 5
    service.now[0] += 10 * NS
    service.turn(0.0)
    assert wire.sent["c"] == [], "and no beat"


@pytest.mark.parametrize(
    ("kind", "fields"), [("hello", {"client": "c", "codecs": ["json"]}), ("cancel", {"ids": ["1"]}), ("bye", {})]
)
def test_what_controls_a_link_is_refused_behind_a_broker(wire, make, executor, kind, fields):
    wire.beats = False
    service = make()
    wire.asks("c", 1)
    wire.says("c", kind, "token", **fields)
    service.turn(0.0)
    assert wire.sent["c"] == ["error"]
    assert error_of(wire.last("c")) == ("E_MALFORMED", f"{kind} is nothing that a worker is sent")
    assert wire.settled == [("token", base.REJECT)]
    assert (service.in_flight(), executor.abandoned) == (1, [])


def test_tasks_that_came_before_are_counted(wire, service):
    wire.asks("c", 1, 2, redeliveries=1)
    wire.asks("c", 3, 4, attempt=2)
    wire.asks("c", 5)
    service.take(0.0)
    assert (service.counts["redelivered"], service.counts["taken"]) == (4, 5)


def test_a_task_that_comes_again_while_it_is_here_runs_once(wire, service, executor):
    wire.asks("c", 1, token="first")
    wire.asks("c", 1, token="second")
    service.take(0.0)
    assert (executor.ids(), service.counts["doubled"], service.in_flight()) == (["1"], 1, 1)
    executor.end()
    service.keep()
    assert wire.settled == ["second", "first"]


@pytest.mark.parametrize("attempts", [(1, 3), (3, 1)])
def test_a_task_that_comes_again_while_it_is_here_is_given_back_with_its_latest_attempt(
    wire, service, executor, attempts
):
    for attempt in attempts:
        wire.asks("c", 1, attempt=attempt)
    service.take(0.0)
    assert [job.attempt for job in executor.jobs] == [3]


@pytest.mark.parametrize("status", ["retry", "released"])
def test_what_is_given_back_has_the_latest_attempt_though_it_ended_with_an_earlier_one(wire, service, executor, status):
    wire.asks("c", 1, attempt=1)
    service.take(0.0)
    (job,) = executor.jobs
    service.finish(job, run_job.failed(job, "E_BUSY", "not now", status=status))
    wire.asks("c", 1, attempt=3)
    service.take(0.0)
    service.keep()
    (item,) = wire.sent["c"]
    assert (item["id"], item["status"], item["attempt"]) == ("1", status, 3)
    assert error_of(item) == ("E_BUSY", "not now")


def test_a_frame_that_has_a_task_twice_is_settled_with_its_one_result(wire, service, executor):
    wire.asks("c", 1, 1, token="token")
    service.take(0.0)
    executor.end()
    service.keep()
    assert (len(wire.sent["c"]), wire.settled) == (1, ["token"])


def test_the_same_id_of_another_client_is_another_task(wire, service, executor):
    wire.asks("c", 1)
    wire.asks("d", 1)
    service.take(0.0)
    assert executor.ids() == ["1", "1"]


def test_tasks_of_a_client_that_does_not_receive_are_dropped_unread(wire, service, executor, monkeypatch):
    monkeypatch.setattr(task_service, "MOST_WAITING", 1)
    wire.room["c"] = 0
    for number in range(3):
        wire.asks("c", number)
        service.take(0.0)
        executor.end()
        service.keep()
    wire.asks("c", 8, 9, token="token")
    service.take(0.0)
    assert (executor.ids(), service.counts["dropped"]) == ([], 2)
    assert wire.settled == [("token", base.RELEASE)]


# --- deadlines, to cancel, to say goodbye ---


def test_a_deadline_is_reported_when_it_has_come_and_the_work_ended(wire, service, executor):
    wire.asks("c", 1, budget_ms=100)
    service.take(0.0)
    service.now[0] += 100 * MS - 1
    service.keep()
    assert wire.sent["c"] == []
    service.now[0] += 1
    service.keep()
    (item,) = wire.sent["c"]
    assert error_of(item) == ("E_DEADLINE", "no outcome at its deadline")
    assert (executor.abandoned, service.in_flight()) == (["1"], 0)
    executor.end()
    service.keep()
    assert len(wire.sent["c"]) == 1, "what comes later is dropped"


def test_a_wait_ends_when_a_deadline_is_due(wire, service):
    wire.asks("c", 1, budget_ms=30)
    service.take(0.5)
    service.take(0.5)
    service.now[0] += 40 * MS
    service.take(0.5)
    assert wire.waits == [0.5, 0.03, 0.0]


def test_the_earliest_deadline_of_a_frame_counts_wherever_it_stands(wire, service):
    budgets_ms = (90, 30, 60)
    tasks = [{"id": str(budget), "name": "noop", "budget_ms": budget} for budget in budgets_ms]
    wire.says("c", "tasks", client="c", tasks=tasks)
    service.take(0.5)
    service.take(0.5)
    assert wire.waits == [0.5, 0.03]


def test_nobody_waits_while_an_executor_has_something_to_do(wire, service, executor):
    executor.is_eager = True
    service.take(0.5)
    assert wire.waits == [0.0]


def test_a_turn_lets_the_executor_work(wire, service, executor):
    service.turn(0.25)
    assert (wire.waits, executor.worked) == ([0.25], 1)


def test_a_cancelled_task_gets_its_outcome_and_its_work_is_ended(wire, service, executor):
    wire.asks("c", 1, 2)
    wire.says("c", "cancel", "token", ids=["1", 7, "unknown"])
    wire.says("other", "cancel", ids=["2"])
    service.turn(0.0)
    (item,) = wire.sent["c"]
    assert error_of(item) == ("E_CANCELLED", "cancelled by the client")
    assert (executor.abandoned, service.counts["cancelled"]) == (["1"], 1)
    assert wire.settled == [("token", base.DONE), (None, base.DONE)]
    assert [job.cancelled for job in executor.jobs] == [True, False]


def test_a_cancelled_task_is_not_overdue_as_well(wire, service, executor):
    wire.asks("c", 1, budget_ms=100)
    wire.says("c", "cancel", ids=["1"])
    service.take(0.0)
    service.now[0] += 100 * MS
    service.keep()
    assert [error_of(item)[0] for item in wire.sent["c"]] == ["E_CANCELLED"]
    assert executor.abandoned == ["1"]


def test_the_tasks_of_a_client_that_says_goodbye_are_forgotten(wire, service, executor):
    wire.says("c", "hello", client="c", codecs=["json"])
    wire.asks("c", 1, 2, token="tasks")
    wire.says("c", "bye", "bye")
    service.turn(0.0)
    assert (service.idle(), executor.abandoned) == (True, ["1", "2"])
    assert wire.settled[1:] == [("tasks", base.DONE), ("bye", base.DONE)]
    service.now[0] += NS
    service.turn(0.0)
    assert wire.sent["c"] == ["welcome"]


def test_a_client_that_is_not_there_for_its_beat_is_forgotten(wire, service, executor):
    wire.says("c", "hello", client="c", codecs=["json"])
    wire.asks("c", 1)
    service.turn(0.0)
    wire.gone.add("c")
    service.now[0] += NS
    service.keep()
    assert (service.in_flight(), executor.abandoned) == (0, ["1"])


# --- beats ---


def test_a_beat_a_second_lists_what_is_held_for_each_client(wire, service, executor):
    for name in ("c", "d"):
        wire.says(name, "hello", client="c", codecs=["json"])
    wire.asks("c", 2, 1)
    service.turn(0.0)
    service.now[0] += NS - 1
    service.keep()
    assert wire.sent["c"] == ["welcome"]
    service.now[0] += 1
    service.keep()
    assert wire.last("c") == {"v": 1, "kind": "beat", "held": ["1", "2"], "credit": 1000}
    assert wire.last("d") == {"v": 1, "kind": "beat", "held": [], "credit": 1000}
    service.now[0] += NS - 1
    service.keep()
    assert len(wire.frames) == 4
    service.now[0] += 1
    service.keep()
    assert len(wire.frames) == 6


def test_credit_grows_with_what_is_answered(wire, service):
    wire.says("c", "hello", client="c", codecs=["json"])
    service.turn(0.0)
    service.counts["answered"] += 8000
    service.now[0] += NS
    service.keep()
    assert wire.last("c")["credit"] == 2000


def test_a_client_whose_results_wait_gets_these_first(wire, service, executor):
    wire.says("c", "hello", client="c", codecs=["json"])
    wire.asks("c", 1, 2)
    service.turn(0.0)
    wire.room["c"] = 0
    executor.end()
    service.keep()
    executor.end()
    service.now[0] += NS
    service.keep()
    busy = service.counts["busy"]
    wire.room["c"] = None
    service.keep()
    assert statuses(wire.sent["c"]) == [("1", "ok"), ("2", "ok")]
    assert busy == 2, "no beat was tried"


def test_a_busy_client_misses_a_beat_and_nothing_else(wire, service):
    wire.says("c", "hello", client="c", codecs=["json"])
    service.turn(0.0)
    wire.room["c"] = 0
    service.now[0] += NS
    service.keep()
    assert service.counts["busy"] == 1
    wire.room["c"] = None
    service.now[0] += NS
    service.keep()
    assert wire.sent["c"] == ["welcome", "beat"]


# --- to drain ---


def test_a_drain_says_goodbye_and_finishes_what_is_here(wire, service, executor):
    wire.says("c", "hello", client="c", codecs=["json"])
    wire.asks("c", 1)
    service.turn(0.0)
    service.drain(2 * NS)
    assert (service.draining, wire.sent["c"]) == (False, ["welcome"]), "it may be called by a signal's handler"
    service.keep()
    assert (service.draining, wire.credits[-1], wire.sent["c"]) == (True, 0, ["welcome", "bye"])
    wire.asks("c", 2)
    wire.says("d", "hello", client="c", codecs=["json"])
    service.turn(0.0)
    assert statuses(wire.sent["c"]) == [("2", "released")]
    assert (wire.sent["d"], service.is_over()) == ([], False)
    service.now[0] += 2 * NS
    service.keep()
    assert not service.gave_back
    executor.end()
    service.keep()
    assert statuses(wire.sent["c"]) == [("2", "released"), ("1", "ok")]
    assert (service.is_over(), service.gave_back) == (True, False)
    service.now[0] += NS
    service.keep()
    assert (service.gave_back, wire.sent["c"].count("bye")) == (False, 1)


def test_a_drain_that_takes_too_long_gives_back_the_rest(wire, service, executor):
    wire.asks("c", 1, 2)
    service.turn(0.0)
    service.drain(2 * NS)
    service.keep()
    service.now[0] += 2 * NS + 1
    service.keep()
    assert statuses(wire.sent["c"]) == [("1", "released"), ("2", "released")]
    assert error_of(wire.sent["c"][0]) == ("E_BUSY", "the worker leaves")
    assert (service.gave_back, service.is_over(), service.idle()) == (True, True, True)
    service.keep()
    assert len(wire.sent["c"]) == 2


def test_a_drain_that_takes_too_long_gives_a_durable_broker_its_frames(wire, service, executor):
    """A client that has gone reads no ``released``, and the broker would forget the tasks with it."""
    wire.keeps_tasks = True
    wire.asks("c", 1, 2, token="partly answered")
    wire.asks("c", 3, token="not begun")
    wire.asks("c", 4, token="answered")
    service.turn(0.0)
    answered, *_, whole = executor.jobs
    executor.jobs = [answered, whole]
    executor.end()
    executor.end()
    service.drain(2 * NS)
    service.keep()
    wire.asks("c", 5, token="came meanwhile")
    service.turn(0.0)
    assert wire.settled == ["answered", ("came meanwhile", base.RELEASE)]
    service.now[0] += 2 * NS + 1
    service.keep()
    assert wire.settled[2:] == [("partly answered", base.RELEASE), ("not begun", base.RELEASE)]
    assert statuses(wire.sent["c"]) == [("1", "ok"), ("4", "ok")]
    assert (service.gave_back, service.is_over(), service.idle()) == (True, True, True)


def greet(wire, service, *names):
    for name in names:
        wire.says(name, "hello", client="c", codecs=["json"])
    service.turn(0.0)


def test_a_drain_ends_at_once_with_the_last_goodbye(wire, service):
    greet(wire, service, "c", "d", "gone")
    service.drain(2 * NS)
    wire.gone.add("gone")
    service.keep()
    for name in ("c", "d"):
        assert not service.is_over()
        wire.says(name, "bye")
        service.turn(0.0)
    assert (service.is_over(), service.gave_back) == (True, False)


def test_a_drain_hears_of_what_crossed_its_goodbye(wire, service):
    greet(wire, service, "c")
    service.drain(2 * NS)
    service.keep()
    wire.asks("c", 1)
    service.turn(0.0)
    assert (statuses(wire.sent["c"]), service.is_over()) == ([("1", "released")], False)
    wire.says("c", "bye")
    service.turn(0.0)
    assert service.is_over()


@pytest.mark.parametrize(("drain_ns", "size", "waits_ns"), [(9 * NS, 0, NS), (9 * NS, 10**6, 3 * NS), (NS // 2, 0, 0)])
def test_a_drain_waits_for_a_silent_client_for_what_it_was_sent_and_within_its_time(
    wire, service, executor, drain_ns, size, waits_ns
):
    greet(wire, service, "c")
    wire.says("c", "tasks", client="c", tasks=[{"id": "1", "name": "noop", "args": ["x" * size]}])
    service.turn(0.0)
    executor.end()
    service.drain(drain_ns)
    service.keep()
    assert statuses(wire.sent["c"]) == [("1", "ok")]
    assert not service.is_over()
    service.now[0] += max(waits_ns, drain_ns - 1 if drain_ns < NS else 0)
    assert not service.is_over()
    service.now[0] += NS // 100
    assert (service.is_over(), service.gave_back) == (True, False)


def test_a_drain_tells_how_long_it_may_still_take(service):
    assert service.drain_left_s() == 0.0
    service.drain(2 * NS)
    service.keep()
    assert service.drain_left_s() == 2.0
    service.now[0] += NS // 2
    assert service.drain_left_s() == 1.5
    service.now[0] += 2 * NS
    assert service.drain_left_s() == 0.0


def test_a_drain_waits_for_results_that_have_not_left(wire, service, executor):
    wire.asks("c", 1)
    service.turn(0.0)
    wire.room["c"] = 0
    executor.end()
    service.drain(2 * NS)
    service.keep()
    assert (service.in_flight(), service.idle(), service.is_over()) == (0, False, False)
    wire.room["c"] = None
    service.keep()
    assert service.is_over()


# --- the executors ---


def test_a_closed_service_ends_its_executors(make, wire, executor):
    isolated = Executor()
    service = make(isolated=isolated)
    assert service.executors() == [executor]
    wire.asks("c", 1, attempt=1 + SUSPECT_AFTER)
    service.turn(0.0)
    assert (service.executors(), isolated.ids(), executor.ids()) == ([executor, isolated], ["1"], [])
    service.close()
    assert (executor.ended, isolated.ended) == (1, 1)


def test_a_meter_counts_what_ends(wire, make, executor):
    class Meter:
        ended = []

        def add(self, ended):
            self.ended += [(job.id, result[1]) for job, result in ended]

    meter = Meter()
    service = make(meter=meter)
    assert service.meter is meter
    wire.asks("c", 1)
    service.take(0.0)
    executor.end()
    service.keep()
    assert meter.ended == [("1", "ok")]
    assert service.counts["answered"] == 1


def test_the_loop_came_by_when_it_kept(service):
    assert service.turned_at == NS
    service.now[0] += 5
    service.keep()
    assert service.turned_at == NS + 5
