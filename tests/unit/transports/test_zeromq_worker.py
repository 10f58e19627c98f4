"""What the worker's end of ZeroMQ does with replies that a client does not take."""

from __future__ import annotations

import time

import pytest

zmq = pytest.importorskip("zmq")
from transports import errors  # noqa: E402
from transports.wires import base  # noqa: E402

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
