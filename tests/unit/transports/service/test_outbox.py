"""Results on their way out: each client's in order, none lost, and none behind those of a client that is busy."""

from __future__ import annotations

import collections

import pytest

from tests.fakes.executor import Executor
from tests.fakes.worker_wire import Wire
from tests.inside.transports.decoders import Immediate
from transports import task_service
from transports.messages import json_codec
from transports.service import outbox
from transports.status.meter import Meter
from transports.wires import base


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def service(wire):
    now = [task_service.NS]
    made = task_service.Service(wire, {"noop": lambda number: number}, Immediate(), now_ns=lambda: now[0])
    made.now = now
    return made


def values(results):
    return [item["result"] for item in results]


def test_a_client_without_room_delays_nobody_else_and_loses_nothing(wire, service):
    wire.room["full"] = 1
    for number in range(50):
        wire.asks("full", number)
        wire.asks("other", number)
        service.turn(0.0)
    assert values(wire.sent["other"]) == list(range(50))
    assert values(wire.sent["full"]) == [0]
    assert not service.idle()
    wire.room["full"] = None
    service.keep()
    assert values(wire.sent["full"]) == list(range(50))
    assert wire.order[-3:] == ["other", "full", "full"], "what waited behind the first frame travels as one"
    assert service.idle()


def test_clients_take_turns_frame_by_frame(wire, service, monkeypatch):
    from transports.service import outbox

    monkeypatch.setattr(outbox, "MOST_RESULTS", 2)
    wire.asks("a", *range(6))
    wire.asks("b", *range(4))
    service.turn(0.0)
    assert wire.order == ["a", "b", "a", "b", "a"]
    assert (values(wire.sent["a"]), values(wire.sent["b"])) == (list(range(6)), list(range(4)))


def test_a_frame_is_settled_with_the_last_of_its_results(wire, service, monkeypatch):
    from transports.service import outbox

    monkeypatch.setattr(outbox, "MOST_RESULTS", 2)
    wire.asks("a", 0, 1, 2, token="first")
    wire.asks("a", 3, token="second")
    wire.room["a"] = 1
    service.turn(0.0)
    assert (values(wire.sent["a"]), wire.settled) == ([0, 1], [])
    wire.room["a"] = None
    service.keep()
    assert (values(wire.sent["a"]), wire.settled) == ([0, 1, 2, 3], ["first", "second"])


def test_a_task_that_comes_again_has_each_frame_that_held_it_settled_after_its_result(wire):
    executor = Executor()
    service = task_service.Service(wire, {"noop": lambda number: number}, executor, now_ns=lambda: task_service.NS)
    wire.asks("a", 0, 1, token="first")
    service.turn(0.0)
    executor.end()
    service.keep()
    wire.asks("a", 1, token="second")
    service.turn(0.0)
    assert (values(wire.sent["a"]), wire.settled) == ([0], []), "the result of 0 may not be safe yet"
    executor.end()
    service.keep()
    assert (values(wire.sent["a"]), sorted(wire.settled)) == ([0, 1], ["first", "second"])


def test_the_frames_of_a_client_that_says_goodbye_are_settled(wire):
    executor = Executor()
    service = task_service.Service(wire, {"noop": lambda number: number}, executor, now_ns=lambda: task_service.NS)
    wire.asks("a", 0, 1, token="tasks")
    wire.arrivals.append(base.Arrival("a", json_codec.control("bye"), "bye", 0))
    service.turn(0.0)
    assert wire.settled == [("tasks", base.DONE), ("bye", base.DONE)]
    assert service.idle()


def test_what_waits_for_a_client_counts_against_its_room_and_its_beats_come_after_it(wire, service, monkeypatch):
    monkeypatch.setattr(task_service, "MOST_WAITING", 30)
    service.credit.tasks = credit = 5
    wire.arrivals.append(base.Arrival("full", json_codec.control("hello", client="c", codecs=["json"]), None, 0))
    service.turn(0.0)
    wire.room["full"] = 0
    for number in range(100):
        wire.asks("full", number)
        service.turn(0.0)
    service.now[0] += 10 * task_service.BEAT_NS
    service.keep()
    wire.room["full"] = None
    service.turn(0.0)
    welcome, *results = wire.sent["full"]
    assert welcome == "welcome"
    statuses = collections.Counter(item["status"] for item in results)
    assert statuses["ok"] == 2 * credit + 1, "those of the first frame, and the room behind it"
    assert statuses["ok"] + statuses["released"] + service.counts["dropped"] == 100
    assert statuses["released"] > 0
    assert service.counts["dropped"] > 0
    service.now[0] += 10 * task_service.BEAT_NS
    service.keep()
    assert wire.sent["full"][-1] == "beat"


def test_a_client_that_has_gone_has_nothing_waiting(wire, service):
    wire.room["gone"] = 0
    wire.asks("gone", 1, 2)
    service.turn(0.0)
    assert not service.idle()
    wire.gone.add("gone")
    service.keep()
    assert service.idle()
    assert wire.sent["gone"] == []


@pytest.mark.parametrize(("status", "answered"), [("ok", 1), ("error", 1), ("retry", 1), ("released", 0)])
def test_what_is_given_back_unstarted_is_no_answer_and_all_else_is_one(wire, status, answered):
    executor = Executor()
    service = task_service.Service(wire, {"noop": None}, executor, now_ns=lambda: task_service.NS)
    wire.asks("a", 1, 2, 3)
    service.take(0.0)
    encoded = json_codec.result_ok("1", 1, b"1", 0, 0)
    for job, each in zip(executor.jobs, (status, "ok")):
        service._outbox.add(job, (encoded, each, 0, 0))
    service.keep()
    assert service.counts["answered"] == answered + 1


def test_an_outcome_that_comes_too_late_is_neither_sent_nor_counted(wire):
    class Job:
        settled = True

    counts = collections.Counter()
    box = outbox.Outbox(wire, "w", counts, Meter(["noop"]), settle=None, forget=None)
    box.add(Job(), ("the result", "ok", 0, 0))
    box.flush()
    assert box.is_empty()
    assert counts["answered"] == 0


def test_an_outcome_behind_one_that_came_too_late_is_sent(wire):
    executor = Executor()
    service = task_service.Service(wire, {"noop": lambda number: number}, executor, now_ns=lambda: task_service.NS)
    wire.asks("a", 1, 2)
    service.take(0.0)
    first, _ = executor.jobs
    executor.end()
    service._outbox.add(first, (b"{}", "ok", 0, 0))
    executor.end()
    service.keep()
    assert values(wire.sent["a"]) == [1, 2]


def frame_sizes(wire, sender):
    return [len(tree["results"]) for each, tree in wire.frames if each == sender]


def test_a_frame_has_no_more_than_its_bytes_unless_one_result_has(wire, service):
    for size in (8000, 8900, 1200, 30_000, 10):
        wire.says("a", "tasks", client="c", tasks=[{"id": str(size), "name": "noop", "args": ["x" * size]}])
    service.take(0.0)
    service.keep()
    assert frame_sizes(wire, "a") == [2, 1, 1, 1]


class Codec:
    """Writes results as lines, in a frame that begins with its name."""

    MEMBER_BYTES = 2

    def __init__(self, name):
        self.name = name
        self.heads = 0

    def results_head(self, worker):
        self.heads += 1
        return f"{self.name} of {worker}:".encode()

    def results(self, head, items):
        return head + b"|".join(items)


class Line(Wire):
    """Keeps frames as bytes."""

    def reply(self, sender, frame, tokens=()):
        self.frames.append((frame, list(tokens)))
        return True


class Job:
    def __init__(self, codec, parcel, sender="a"):
        self.codec, self.parcel, self.sender = codec, parcel, sender
        self.settled = False


def settle(job):
    job.parcel.left -= 1


def test_a_frame_is_written_in_one_codec_with_one_head_and_settles_what_it_ends():
    wire, counts = Line(), collections.Counter()
    box = outbox.Outbox(wire, "w", counts, None, settle, None)
    first, second = Codec("first"), Codec("second")
    one, two = outbox.Parcel(2, "one", 0), outbox.Parcel(1, "two", 0)
    for job, item in (
        (Job(first, one), b"a"),
        (Job(first, one), b"b"),
        (Job(second, two), b"c"),
        (Job(first, outbox.Parcel(1, None, 0)), b"d"),
    ):
        box.add(job, (item, "ok", 0, 0))
    assert (box.is_empty(), box.waiting("a")) == (False, (0, 0))
    box.flush()
    assert wire.frames == [(b"first of w:a|b", ["one"]), (b"second of w:c", ["two"]), (b"first of w:d", [])]
    assert (first.heads, second.heads, counts["answered"], box.is_empty()) == (1, 1, 4, True)


def test_a_frame_has_a_thousand_results_at_most():
    wire, codec = Line(), Codec("c")
    box = outbox.Outbox(wire, "w", collections.Counter(), None, settle, None)
    for _ in range(2001):
        box.add(Job(codec, outbox.Parcel(1, None, 0)), (b"x" * 45, "ok", 0, 0))
    box.flush()
    assert [frame.count(b"|") + 1 for frame, _ in wire.frames] == [1000, 1000, 1]


@pytest.mark.parametrize(("last", "frames"), [(18_000 - 2 * (9000 - 44), 1), (18_000 - 2 * (9000 - 44) + 1, 2)])
def test_the_first_bytes_of_a_result_hold_no_member(last, frames):
    wire = Line()
    box = outbox.Outbox(wire, "w", collections.Counter(), None, settle, None)
    codec = Codec("c")
    for size in (9000, 9000, last):
        box.add(Job(codec, outbox.Parcel(1, None, 0)), (b"x" * size, "ok", 0, 0))
    box.flush()
    assert len(wire.frames) == frames


def test_each_client_gets_its_own_results_whatever_order_they_end_in(wire):
    executor = Executor()
    service = task_service.Service(wire, {"noop": lambda number: number}, executor, now_ns=lambda: task_service.NS)
    for sender, number in (("b", 1), ("a", 2), ("b", 3), ("c", 4)):
        wire.asks(sender, number)
    service.take(0.0)
    for _ in range(4):
        executor.end()
    service.keep()
    assert {sender: values(results) for sender, results in wire.sent.items()} == {"b": [1, 3], "a": [2], "c": [4]}


def test_results_that_wait_are_counted_besides_those_of_a_frame_that_is_made(wire, service):
    wire.room["a"] = 0
    wire.asks("a", 1, 2)
    service.turn(0.0)
    assert service._outbox.waiting("a") == (0, 0)
    wire.asks("a", 3)
    service.turn(0.0)
    assert service._outbox.waiting("a")[0] == 1
    assert service._outbox.waiting("b") == (0, 0)
    assert service.counts["busy"] == 2


def test_a_client_that_goes_takes_along_the_tasks_that_are_held_for_it(wire):
    executor = Executor()
    service = task_service.Service(wire, {"noop": lambda number: number}, executor, now_ns=lambda: task_service.NS)
    wire.asks("a", 1, 2)
    service.turn(0.0)
    wire.gone.add("a")
    executor.end()
    service.keep()
    assert (service.in_flight(), executor.abandoned) == (0, ["2"])
    assert service.idle()


def test_the_bytes_of_what_waits_are_known_besides_those_of_a_frame_that_is_made():
    wire, codec = Wire(), Codec("c")
    box = outbox.Outbox(wire, "w", collections.Counter(), None, settle, None)
    wire.room["a"] = 0
    for size in (10_000, 8_000, 500, 45):
        box.add(Job(codec, outbox.Parcel(1, None, 0)), (b"x" * size, "ok", 0, 0))
    box.flush()
    assert box.waiting("a") == (2, 545), "the first two are in a frame"
    box.add(Job(codec, outbox.Parcel(1, None, 0), "b"), (b"x" * 7, "ok", 0, 0))
    wire.room["b"] = 0
    box.flush()
    assert (box.waiting("a"), box.waiting("b")) == ((2, 545), (0, 0))


def test_a_client_whose_results_have_too_many_bytes_gets_no_room_until_it_receives(wire, service, monkeypatch):
    monkeypatch.setattr(task_service, "MOST_WAITING_BYTES", 1000)
    wire.room["full"] = 0
    for number in range(40):
        wire.asks("full", number)
        service.turn(0.0)
    taken = service.counts["taken"]
    assert taken < 20
    wire.asks("other", 1)
    service.turn(0.0)
    assert values(wire.sent["other"]) == [1]
    wire.room["full"] = None
    service.keep()
    statuses = collections.Counter(item["status"] for item in wire.sent["full"])
    assert statuses == {"ok": taken, "released": 40 - taken}, "nothing that was accepted is lost"
    wire.asks("full", 99)
    service.turn(0.0)
    assert wire.sent["full"][-1]["result"] == 99


def test_what_a_wire_has_no_room_for_is_tried_again_soon_and_then_less_often(wire, service):
    wire.room["full"] = 0
    service.turn(0.5)
    wire.asks("full", 1)
    for _ in range(12):
        service.turn(0.5)
    assert wire.waits[:2] == [0.5, 0.5]
    assert wire.waits[2:] == [0.002 * 2**number for number in range(6)] + [0.1] * 5
    wire.asks("other", 2)
    service.turn(0.5)
    wire.room["full"] = None
    service.turn(0.5)
    service.turn(0.5)
    assert wire.waits[-3:] == [0.1, 0.001, 0.5]


def test_what_is_given_back_has_a_moment_to_leave(wire):
    now = [task_service.NS]
    service = task_service.Service(wire, {"noop": None}, Executor(), now_ns=lambda: now[0])
    wire.room["a"] = 0
    wire.asks("a", 1)
    service.turn(0.0)
    service.drain(0)
    for _ in range(2):
        service.keep()
        now[0] += 1
    assert (service.gave_back, service.is_over()) == (True, False)
    now[0] += task_service.LAST_RESULTS_NS - 2
    assert not service.is_over()
    now[0] += 2
    assert service.is_over()
    now[0] -= 2
    wire.room["a"] = None
    service.keep()
    assert ([item["status"] for item in wire.sent["a"]], service.is_over()) == (["released"], True)
