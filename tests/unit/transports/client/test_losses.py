"""What a session does with a task whose worker is lost again and again, on a clock that the test sets."""

from __future__ import annotations

import pytest

from transports import session
from transports.client import requests
from transports.messages import json_codec
from transports.wires import base

MS = 1_000_000


class Wire(base.ClientWire):
    """One lane that the test takes away and gives back."""

    def __init__(self) -> None:
        super().__init__("", {})
        self.lane = base.Lane("worker")
        self.events: list[tuple] = []
        self.sent: list[tuple[int, int]] = []  # (when, attempt)
        self.now = [session.NS]

    def open(self) -> None:
        self.come()

    def come(self) -> None:
        welcome = json_codec.control("welcome", worker={}, credit=10, concurrency=1, codec="json")
        self.events += [(base.UP, self.lane, None), (base.FRAME, self.lane, welcome)]

    def lose(self) -> None:
        self.events.append((base.DOWN, self.lane, "the connection is gone"))

    def send(self, lane, frame, ids=()) -> None:
        for task in json_codec.decode(frame).get("tasks", ()):
            self.sent.append((self.now[0], task["attempt"]))

    def poll(self, timeout_s):
        events, self.events = self.events, []
        return events


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def client(wire):
    made = session.Session(wire, now_ns=lambda: wire.now[0], seed=7).open()
    made.poll()
    return made


def outcomes_until_sent(wire, client, count):
    """Let the clock go on, a millisecond at a time, until tasks were sent ``count`` times or there is an outcome."""
    for _ in range(10_000):
        outcomes = client.poll()
        if outcomes or len(wire.sent) >= count:
            return outcomes
        wire.now[0] += MS
    raise AssertionError(f"sent {len(wire.sent)} times after 10 s")


def test_the_first_loss_is_made_good_at_once_and_each_later_one_after_twice_the_pause(wire, client):
    identity = client.submit("noop", attempts=4)
    client.poll()
    pauses = []
    for losses in (1, 2, 3):
        wire.lose()
        client.poll()
        lost_at = wire.now[0]
        wire.come()
        assert outcomes_until_sent(wire, client, losses + 1) == []
        pauses.append(wire.sent[-1][0] - lost_at)
    assert [attempt for _, attempt in wire.sent] == [1, 2, 3, 4]
    assert pauses[0] == 0
    for pause, doubled in zip(pauses[1:], (2, 4)):
        base_ns = doubled * requests.BACK_OFF_NS
        assert base_ns / 2 <= pause <= 1.5 * base_ns + MS
    wire.lose()
    (outcome,) = client.poll()
    assert (outcome.id, outcome.error["code"], outcome.attempt) == (identity, "E_WORKER_LOST", 4)
    assert outcome.error["message"] == "its worker was lost (attempt 4 of 4)"
    assert (client.counts["lost"], client.counts["resent"], client.pending()) == (4, 3, 0)


def test_a_queue_that_was_purged_takes_tasks_again_once_no_worker_may_hold_the_old_ones(wire, client):
    wire.greets, wire.most_deadline_s = False, 30
    wire.lane.shared = True
    for _ in range(10):  # the whole credit
        client.submit("noop", deadline_s=5)
    assert outcomes_until_sent(wire, client, 11)[0].error["code"] == "E_DEADLINE"
    client.submit("noop", deadline_s=29)
    wire.now[0] += 2 * session.NS
    client.poll()
    assert len(wire.sent) == 10, "a worker may hold the old ones"
    wire.now[0] = 31 * session.NS
    client.poll()
    assert len(wire.sent) == 10
    wire.now[0] += session.NS - 1
    client.poll()
    assert len(wire.sent) == 10, "it looks once a second"
    wire.now[0] += 1
    client.poll()
    assert len(wire.sent) == 11


def test_a_deadline_ends_a_task_between_two_losses(wire, client):
    client.submit("noop", deadline_s=0.05, attempts=9)
    client.poll()
    for _ in range(2):
        wire.lose()
        wire.come()
        client.poll()
    wire.lose()
    (outcome,) = outcomes_until_sent(wire, client, 100)
    assert (outcome.error["code"], client.pending()) == ("E_DEADLINE", 0)
    assert wire.now[0] <= session.NS + 51 * MS
