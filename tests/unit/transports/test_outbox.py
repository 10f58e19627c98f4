"""Results on their way out: each client's in order, none lost, and none behind those of a client that is busy."""

from __future__ import annotations

import collections

import pytest

from tests.inside.transports.decoders import Immediate
from transports import errors, task_service
from transports.messages import json_codec
from transports.service import outbox
from transports.status.meter import Meter
from transports.wires import base


class Wire(base.WorkerWire):
    """A wire with room for so many frames of each client; None: without limit."""

    def __init__(self):
        super().__init__("", {})
        self.arrivals = []
        self.room = collections.defaultdict(lambda: None)
        self.gone = set()
        self.sent = collections.defaultdict(list)  # {client: results}
        self.order = []  # the clients, as their frames left
        self.settled = []

    def receive(self, timeout_s):
        arrivals, self.arrivals = self.arrivals, []
        return arrivals

    def reply(self, sender, frame, tokens=()):
        if sender in self.gone:
            return False
        if self.room[sender] == 0:
            raise errors.Busy
        if self.room[sender] is not None:
            self.room[sender] -= 1
        tree = json_codec.decode(frame)
        self.sent[sender] += tree.get("results", [tree["kind"]])
        self.order.append(sender)
        self.settled += tokens
        return True

    def settle(self, token, outcome):
        self.settled.append((token, outcome))

    def asks(self, sender, *numbers, token=None):
        tasks = [{"id": str(number), "name": "noop", "args": [number]} for number in numbers]
        frame = json_codec.control("tasks", client="c", tasks=tasks)
        self.arrivals.append(base.Arrival(sender, frame, token, 0))


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


class Waiting(Immediate):
    """An executor whose tasks end when the test says so."""

    def __init__(self):
        self.jobs = []

    def put(self, jobs):
        self.jobs += jobs

    def end(self):
        super().put([self.jobs.pop(0)])


def test_a_task_that_comes_again_has_each_frame_that_held_it_settled_after_its_result(wire):
    executor = Waiting()
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
    executor = Waiting()
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


def test_an_outcome_that_comes_too_late_is_neither_sent_nor_counted(wire):
    class Job:
        settled = True

    counts = collections.Counter()
    box = outbox.Outbox(wire, "w", counts, Meter(["noop"]), settle=None, forget=None)
    box.add(Job(), ("the result", "ok", 0, 0))
    box.flush()
    assert box.is_empty()
    assert counts["answered"] == 0
