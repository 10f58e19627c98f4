"""Queues in this process, frame by frame."""

from __future__ import annotations

import errno
import os
import select
import threading
import time

import pytest

from transports import errors
from transports.wires import base, memory

LONG_S = 10.0


@pytest.fixture
def name(request):
    yield request.node.name
    memory.forget(request.node.name)


@pytest.fixture
def opened(name):
    """opened(base.client or base.worker) -> that end, open until the test is over."""
    made = []

    def make(end):
        wire = end("memory:" + name)
        wire.open()
        made.append(wire)
        return wire

    yield make
    for wire in made:
        try:
            wire.close()
        except ValueError:
            pass  # the test has closed it


def up(client):
    ((event, lane, payload),) = client.poll(0.0)
    assert (event, payload) == (base.UP, None)
    return lane


def test_both_ends_meet_whichever_comes_first(name, opened):
    opened(base.worker)
    client = opened(base.client)
    opened(base.worker)
    events = client.poll(0.0)
    assert [(event, lane.name) for event, lane, _ in events] == [
        (base.UP, f"memory:{name}/0"),
        (base.UP, f"memory:{name}/1"),
    ]
    assert client.poll(0.0) == []


def test_frames_arrive_in_order_and_answers_on_the_lane_they_came_by(opened):
    worker, client = opened(base.worker), opened(base.client)
    lane = up(client)
    for frame in (b"a", b"", b"c"):
        client.send(lane, frame)
    arrivals = worker.receive(0.0)
    assert arrivals == [(client, b"a", None, 0), (client, b"", None, 0), (client, b"c", None, 0)]
    assert worker.reply(arrivals[0].sender, b"answer") is True
    assert client.poll(0.0) == [(base.FRAME, lane, b"answer")]
    assert worker.receive(0.0) == []


def test_a_worker_that_goes_takes_its_lane_along(opened):
    worker, client = opened(base.worker), opened(base.client)
    lane = up(client)
    worker.close()
    assert client.poll(0.0) == [(base.DOWN, lane, "it has left")]
    client.send(lane, b"to nobody")
    assert worker.reply(client, b"from nobody") is True
    assert client.poll(0.0) == []
    opened(base.worker)
    assert up(client) is not lane


def test_a_client_that_has_gone_is_not_there(opened):
    worker, client = opened(base.worker), opened(base.client)
    client.close()
    assert worker.reply(client, b"answer") is False
    worker.close()


def test_an_inbox_holds_ten_thousand_frames(opened):
    worker, client = opened(base.worker), opened(base.client)
    lane = up(client)
    for _ in range(10_000):
        client.send(lane, b"x")
    with pytest.raises(errors.Busy, match="the peer does not keep up"):
        client.send(lane, b"x")
    assert len(worker.receive(0.0)) == 10_000
    client.send(lane, b"x")
    assert len(worker.receive(0.0)) == 1


def test_tests_may_lose_and_double_frames_on_either_way(name, opened):
    worker, client = opened(base.worker), opened(base.client)
    lane = up(client)
    memory.place(name).tamper = lambda frame, to_worker: [frame] * (2 if to_worker else 0)
    client.send(lane, b"x")
    assert [arrival.frame for arrival in worker.receive(0.0)] == [b"x", b"x"]
    worker.reply(client, b"y")
    assert client.poll(0.0) == []


def test_places_are_apart_and_forgotten(name):
    assert memory.place(name) is memory.place(name)
    assert memory.place(name) is not memory.place(name + "/other")
    memory.forget(name + "/other")
    place = memory.place(name)
    memory.forget(name)
    memory.forget(name)
    assert memory.place(name) is not place


def test_a_wait_lasts_until_its_end_and_no_longer_than_until_a_frame(opened):
    worker, client = opened(base.worker), opened(base.client)
    lane = up(client)
    begun = time.monotonic()
    assert worker.receive(0.05) == []
    assert client.poll(0.05) == []
    assert time.monotonic() - begun > 0.09
    threading.Timer(0.02, client.send, (lane, b"x")).start()
    begun = time.monotonic()
    assert [arrival.frame for arrival in worker.receive(LONG_S)] == [b"x"]
    client.send(lane, b"y")
    assert len(worker.receive(LONG_S)) == 1
    assert time.monotonic() - begun < LONG_S / 2


def test_a_wait_is_as_long_as_was_asked_and_nothing_where_time_is_over(opened, monkeypatch):
    worker = opened(base.worker)
    waits = []
    monkeypatch.setattr(select, "select", lambda *given: waits.append(given[3]))
    for timeout_s in (0.25, 0.0, -1.0):
        worker.receive(timeout_s)
    assert waits == [0.25, 0.0, 0.0]


def test_a_watched_descriptor_ends_a_wait(opened):
    worker = opened(base.worker)
    ours, theirs = os.pipe()
    try:
        worker.watch(ours)
        os.write(theirs, b"x")
        begun = time.monotonic()
        assert worker.receive(LONG_S) == []
        assert time.monotonic() - begun < LONG_S / 2
        worker.unwatch(ours)
        assert worker.receive(0.05) == []
        assert time.monotonic() - begun > 0.05
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_signal_ends_a_wait_and_any_other_error_is_one(opened, monkeypatch):
    worker = opened(base.worker)
    for number, expected in ((errno.EINTR, None), (errno.EPERM, OSError), (errno.EBADF, OSError)):

        def fail(*_, number=number):
            raise OSError(number, "why")

        with monkeypatch.context() as patched:
            patched.setattr(select, "select", fail)
            if expected is None:
                assert worker.receive(1.0) == []
            else:
                with pytest.raises(expected):
                    worker.receive(1.0)


def test_nothing_is_left_to_send(opened):
    assert (opened(base.worker).drain(0.0), opened(base.client).drain(0.0)) == (True, True)
