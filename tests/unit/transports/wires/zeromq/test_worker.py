"""What the worker's end of ZeroMQ does with replies that a client does not take."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

zmq = pytest.importorskip("zmq")
from tests.inside.transports.decoders import Immediate  # noqa: E402
from transports import errors, session, task_service  # noqa: E402
from transports.messages import json_codec, strict_json  # noqa: E402
from transports.wires import base  # noqa: E402
from transports.wires.zeromq import sockets  # noqa: E402
from transports.wires.zeromq import worker as worker_end  # noqa: E402

#: More frames than the sockets of both ends, and the network between them, have room for.
TASKS = 2000
FRAME = b"x" * 10_000


@pytest.fixture
def server():
    made = base.worker("zmq+tcp:127.0.0.1:*")
    made.open()
    yield made
    made.close()


@pytest.fixture
def silent(server):
    """A client that said something once and reads nothing."""
    socket = zmq.Context.instance().socket(zmq.DEALER)
    socket.linger = 0
    socket.rcvhwm = 10
    socket.connect(server.address)
    socket.send(b"hello")
    yield socket
    socket.close()


def sender(server) -> bytes:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for arrival in server.receive(0.1):
            return arrival.sender
    raise AssertionError("nothing arrived")


def fill(server, name: bytes) -> int:
    """Send until the server raises Busy; return how many frames it took."""
    for sent in range(100_000):
        try:
            assert server.reply(name, b"%d " % sent + FRAME)
        except errors.Busy:
            return sent
    raise AssertionError("it took 100 000 frames for a client that reads nothing")


def test_what_a_client_has_no_room_for_is_refused_and_all_else_arrives(server, silent):
    sent = fill(server, sender(server))
    assert sent > 10
    for number in range(sent):
        assert silent.poll(5000), f"{number} of {sent} frames came"
        assert silent.recv().startswith(b"%d " % number)


def test_a_client_may_have_a_frame_more_waiting_for_each_task_that_runs(server, silent):
    asked = []
    server.concurrency = 3
    server._backlog = SimpleNamespace(add=lambda _arrival, _most, most_bytes: asked.append(most_bytes))
    until = time.monotonic() + 10
    while not asked and time.monotonic() < until:
        server._read_ahead()
    assert asked == [worker_end.AHEAD_BYTES + 3 * strict_json.FRAME_BYTES]


def test_a_client_that_has_gone_is_told_from_one_that_is_busy(server, silent):
    name = sender(server)
    assert server.reply(name, FRAME)
    silent.close()
    until = time.monotonic() + 10
    while server.reply(name, FRAME) and time.monotonic() < until:
        time.sleep(0.01)
    assert server.reply(name, FRAME) is False


def test_a_client_that_never_was_is_not_there(server):
    assert server.reply(b"nobody", FRAME) is False


def test_a_client_that_reads_nothing_gets_every_result_in_the_end_and_delays_nobody(server, silent, monkeypatch):
    """Its results fill its socket, the network and the worker's socket, for longer than a heartbeat may be missed."""
    monkeypatch.setattr(worker_end, "DRAIN_FRAMES", 1)  # so that each of its tasks is answered in a frame
    service = task_service.Service(server, {"echo": lambda *given: given}, Immediate(), credit=TASKS)
    sender(server)
    for number in range(TASKS):
        task = {"id": str(number), "name": "echo", "args": [number, FRAME.decode()]}
        silent.send(json_codec.control("tasks", client="c", tasks=[task]))
        service.turn(0.0)
    until = time.monotonic() + 30
    while not service.counts["busy"] or service.counts["taken"] < TASKS:
        assert time.monotonic() < until, service.counts
        service.turn(0.001)
    with session.connect(f"zmq+{server.address}") as good:
        until = time.monotonic() + 2 * 3 * sockets.HEARTBEAT_MS / 1000
        answered = 0
        while time.monotonic() < until or not answered:
            if not good.pending():
                good.submit("echo", deadline_s=20)
            for outcome in good.poll():
                assert outcome.result == []
                answered += 1
            service.turn(0.001)
    heard = []
    while len(heard) < TASKS and silent.poll(5000):
        heard += [item["result"][0] for item in json_codec.decode(silent.recv())["results"]]
        service.turn(0.0)
    assert heard == list(range(TASKS))
