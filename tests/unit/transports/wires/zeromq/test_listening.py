"""Where the worker's end of ZeroMQ listens, and what it reads in one go."""

from __future__ import annotations

import errno
import os
import threading
import time

import pytest

zmq = pytest.importorskip("zmq")
from transports import errors  # noqa: E402
from transports.messages import strict_json  # noqa: E402
from transports.wires import base  # noqa: E402
from transports.wires.zeromq import sockets  # noqa: E402
from transports.wires.zeromq import worker as worker_end  # noqa: E402

WITHIN_S = 10.0


@pytest.fixture
def worker(opened, request):
    return opened(base.worker, "zmq+inproc:" + request.node.name)


@pytest.fixture
def peer(worker):
    """peer() -> a socket of a client; several have names a, b, c ..."""
    made = []

    def connect():
        socket = sockets.context().socket(zmq.DEALER)
        socket.linger = 0
        socket.setsockopt(zmq.IDENTITY, b"%c" % (ord("a") + len(made)))
        socket.connect(worker.address)
        made.append(socket)
        return socket

    yield connect
    for socket in made:
        socket.close()


def arrive(worker, count):
    """Wait until so many frames have arrived; return them."""
    found = []
    end = time.monotonic() + WITHIN_S
    while len(found) < count and time.monotonic() < end:
        found += worker.receive(0.05)
    assert {(arrival.token, arrival.redeliveries) for arrival in found} == {(None, 0)}
    return [(arrival.sender, arrival.frame) for arrival in found]


def sent(socket, *frames):
    for frame in frames:
        socket.send(frame)


# --- where it listens ---


def test_a_worker_of_this_process_has_no_place_among_the_files(opened):
    assert opened(base.worker, "zmq+inproc:here")._place is None


def test_a_worker_listens_at_one_address(opened):
    with pytest.raises(errors.Unusable, match="^a worker listens at one address, not 2$"):
        opened(base.worker, "zmq+inproc:a,b")


def test_an_address_that_others_can_reach_needs_curve(opened):
    with pytest.raises(errors.Unusable, match=r"listen at 127.0.0.1, or give \?key=FILE&clients=FOLDER for CURVE"):
        opened(base.worker, "zmq+tcp:0.0.0.0:0")


class Guard:
    """A guard that lets everybody in."""

    def __init__(self, context, options):
        self.protected, self.closed = [], 0
        self.made.append(self)

    made: list = []

    def protect(self, socket):
        self.protected.append(socket)

    def close(self):
        self.closed += 1


@pytest.mark.parametrize(
    ("version", "reachable"), [("4.3.2", False), ("4.3.3", True), ("4.3.10.9", True), ("4.2.9", False)]
)
def test_no_libzmq_that_can_be_stopped_from_outside_is_reachable_there(opened, monkeypatch, version, reachable):
    monkeypatch.setattr(worker_end.curve, "Guard", Guard)
    monkeypatch.setattr(Guard, "made", [])
    monkeypatch.setattr(zmq, "zmq_version", lambda: version)
    opened(base.worker, "zmq+tcp:127.0.0.1:0?key=k").close()
    if not reachable:
        with pytest.raises(errors.Unusable, match=f"libzmq {version} must not be reached from outside: 4.3.3 is the"):
            opened(base.worker, "zmq+tcp:0.0.0.0:0?key=k")
        return
    worker = opened(base.worker, "zmq+tcp:0.0.0.0:0?key=k")
    guard = Guard.made[-1]
    assert guard.protected == [worker._socket]
    worker.close()
    worker.close()
    assert guard.closed == 1


def test_nobody_reaches_a_socket_of_this_machine_from_outside(opened, monkeypatch, folder):
    monkeypatch.setattr(zmq, "zmq_version", lambda: "4.3.2")
    opened(base.worker, f"zmq+ipc:{folder}/w")


@pytest.mark.parametrize("port", ["0", "*"])
def test_a_free_port_is_known_once_it_is_taken(opened, port):
    worker = opened(base.worker, f"zmq+tcp:127.0.0.1:{port}")
    assert worker.address.startswith("tcp://127.0.0.1:")
    taken = worker.address.rpartition(":")[2]
    assert int(taken) > 0
    with pytest.raises(errors.Unusable, match=rf"^{worker.address} cannot be bound: .*; choose another$"):
        opened(base.worker, "zmq+tcp:127.0.0.1:" + taken)
    assert worker._socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode() == worker.address


def test_a_closed_worker_leaves_its_place(opened, folder):
    path = f"{folder}/w"
    worker = opened(base.worker, f"zmq+ipc:{path}")
    assert worker.address == f"ipc://{path}"
    assert os.path.exists(f"{path}.lock")
    with pytest.raises(errors.Unusable, match="another worker listens at"):
        opened(base.worker, f"zmq+ipc:{path}")
    socket = worker._socket
    worker.close()
    assert (os.listdir(folder), socket.closed) == ([], True)
    worker.close()
    worker = opened(base.worker, f"zmq+ipc:{path}")
    worker.abort()
    assert os.listdir(folder) == []
    worker._place = None  # the process has ended by now


def test_an_address_that_cannot_be_bound_leaves_nothing(opened, folder, monkeypatch):
    made = []
    monkeypatch.setattr(worker_end, "socket_of", lambda *given: made.append(sockets.socket_of(*given)) or made[-1])
    monkeypatch.setattr(zmq.Socket, "bind", lambda *_: (_ for _ in ()).throw(zmq.ZMQError(errno.EADDRINUSE)))
    with pytest.raises(errors.Unusable, match="cannot be bound"):
        opened(base.worker, f"zmq+ipc:{folder}/w")
    assert (os.listdir(folder), made[0].closed) == ([], True)


# --- what it reads ---


def test_frames_arrive_with_their_sender_in_order(worker, peer):
    sent(peer(), b"1", b"", b"3")
    assert arrive(worker, 3) == [(b"a", b"1"), (b"a", b""), (b"a", b"3")]
    assert worker.receive(0.0) == []


def test_what_is_not_from_a_client_of_ours_is_dropped(worker, peer):
    socket = peer()
    socket.send_multipart([b"", b"three parts"])
    sent(socket, b"good")
    assert arrive(worker, 1) == [(b"a", b"good")]


def test_no_more_than_64_frames_are_taken_in_one_go_and_those_of_clients_in_turn(worker, peer):
    flood, good = peer(), peer()
    sent(flood, *[b"%d" % number for number in range(100)])
    until_there(worker)
    assert [len(arrival.frame) for arrival in worker.receive(0.0)] == [1] * 10 + [2] * 54
    sent(good, b"good")
    found = [(arrival.sender, arrival.frame) for arrival in worker.receive(0.0)]
    while (b"b", b"good") not in found:
        found += [(arrival.sender, arrival.frame) for arrival in worker.receive(WITHIN_S)]
    assert found.index((b"b", b"good")) <= 36
    assert [frame for sender, frame in found if sender == b"a"] == [b"%d" % number for number in range(64, 100)]


def until_there(worker):
    """Wait until something can be read."""
    end = time.monotonic() + WITHIN_S
    while not worker._socket.getsockopt(zmq.EVENTS) & zmq.POLLIN:
        assert time.monotonic() < end
        time.sleep(0.001)


def test_a_large_frame_is_enough_for_a_turn(worker, peer, monkeypatch):
    monkeypatch.setattr(strict_json, "FRAME_BYTES", 10)
    sent(peer(), b"x" * 11, b"y" * 5, b"z" * 4, b"w" * 2)
    until_there(worker)
    assert [arrival.frame for arrival in worker.receive(0.0)] == [b"x" * 11]
    assert [arrival.frame for arrival in worker.receive(0.0)] == [b"y" * 5, b"z" * 4, b"w" * 2]
    assert worker.receive(0.0) == []


def test_what_a_client_sends_far_beyond_its_credit_is_dropped(worker, peer, monkeypatch):
    monkeypatch.setattr(worker_end, "DRAIN_FRAMES", 2)
    monkeypatch.setattr(worker_end, "MOST_AHEAD", 3)
    socket = peer()
    sent(socket, *[b"%d" % number for number in range(9)])
    socket.send_multipart([b"x", b"three parts"])
    until_there(worker)
    found = []
    for _ in range(5):
        found += worker.receive(0.0)
    assert found == [base.Arrival(b"a", b"%d" % number, None, 0) for number in range(5)]
    assert worker._backlog.dropped == 4


def test_not_everything_is_read_ahead_at_once(worker, peer, monkeypatch):
    monkeypatch.setattr(worker_end, "DRAIN_FRAMES", 1)
    monkeypatch.setattr(worker_end, "AHEAD_FRAMES", 2)
    sent(peer(), b"0", b"1", b"2", b"3")
    until_there(worker)
    assert [arrival.frame for arrival in worker.receive(0.0)] == [b"0"]
    assert worker._socket.recv_multipart(zmq.NOBLOCK) == [b"a", b"3"]


@pytest.mark.parametrize(("concurrency", "dropped"), [(0, 1), (1, 0)])
def test_what_is_read_ahead_is_limited_in_bytes_at_once_and_for_each_client(
    worker, peer, monkeypatch, concurrency, dropped
):
    monkeypatch.setattr(worker_end, "DRAIN_FRAMES", 1)
    monkeypatch.setattr(worker_end, "AHEAD_BYTES", 3)
    monkeypatch.setattr(strict_json, "FRAME_BYTES", 1)
    worker.concurrency = concurrency
    sent(peer(), b"0", b"11", b"22", b"33")
    until_there(worker)
    assert [arrival.frame for arrival in worker.receive(0.0)] == [b"0"]
    assert worker._backlog.dropped == dropped
    assert worker._socket.recv_multipart(zmq.NOBLOCK) == [b"a", b"33"]


def test_a_wait_lasts_until_its_end_and_no_longer_than_until_a_frame(worker, peer):
    begun = time.monotonic()
    assert worker.receive(0.05) == []
    assert worker.receive(0.05) == []
    assert worker.receive(0.0) == []
    assert 0.09 < time.monotonic() - begun < WITHIN_S / 2
    socket = peer()
    threading.Timer(0.02, socket.send, (b"x",)).start()
    begun = time.monotonic()
    assert [arrival.frame for arrival in worker.receive(WITHIN_S)] == [b"x"]
    assert time.monotonic() - begun < WITHIN_S / 2
    assert worker.receive(0.05) == []
    assert time.monotonic() - begun < WITHIN_S / 2


def test_a_watched_descriptor_ends_a_wait_and_frames_arrive_beside_it(worker, peer):
    ours, theirs = os.pipe()
    try:
        worker.watch(ours)
        assert worker.receive(0.02) == []
        os.write(theirs, b"x")
        begun = time.monotonic()
        assert worker.receive(WITHIN_S) == []
        assert time.monotonic() - begun < WITHIN_S / 2
        os.read(ours, 1)
        sent(peer(), b"1", b"2")
        assert arrive(worker, 2) == [(b"a", b"1"), (b"a", b"2")]
        worker.unwatch(ours)
        begun = time.monotonic()
        assert worker.receive(0.05) == []
        assert time.monotonic() - begun > 0.045
        assert worker._watched == 0
    finally:
        os.close(ours)
        os.close(theirs)


class Socket:
    """A socket that fails with ``number``."""

    def __init__(self, number):
        self.number = number

    def getsockopt(self, option):
        return zmq.POLLIN

    def recv_multipart(self, flags):
        raise zmq.Again() if self.number == errno.EAGAIN else zmq.ZMQError(self.number)

    def send_multipart(self, parts, flags):
        assert flags == zmq.NOBLOCK
        self.recv_multipart(flags)


@pytest.mark.parametrize(
    ("number", "is_error"), [(errno.EAGAIN, False), (errno.EINTR, False), (errno.EPERM, True), (errno.ENOTSOCK, True)]
)
def test_a_signal_ends_a_receive_and_any_other_error_is_one(worker, number, is_error):
    real, worker._socket = worker._socket, Socket(number)
    try:
        for read in (lambda: worker.receive(0.0), lambda: worker._read_ahead() or []):
            if is_error:
                with pytest.raises(zmq.ZMQError):
                    read()
            else:
                assert read() == []
    finally:
        worker._socket = real


def test_a_reply_finds_its_client_or_says_why_not(worker, peer):
    socket = peer()
    sent(socket, b"ask")
    arrive(worker, 1)
    assert worker.reply(b"a", b"answer") is True
    assert socket.poll(WITHIN_S * 1000)
    assert socket.recv() == b"answer"
    assert worker.reply(b"nobody", b"answer") is False
    real, worker._socket = worker._socket, Socket(errno.EAGAIN)
    with pytest.raises(errors.Busy, match="the client does not keep up"):
        worker.reply(b"a", b"answer")
    for worker._socket.number in (errno.ENOTSOCK, zmq.ETERM):
        with pytest.raises(zmq.ZMQError):
            worker.reply(b"a", b"answer")
    worker._socket = real


def test_a_client_that_does_not_receive_has_few_frames_in_the_workers_queue(worker):
    assert worker._socket.getsockopt(zmq.SNDHWM) == sockets.SEND_FRAMES == 64


def test_replies_have_time_to_leave(worker):
    assert worker._socket.linger == 0
    assert worker.drain(2.5) is True
    assert worker._socket.linger == 2500


def test_a_process_that_ends_waits_for_the_last_of_them(worker, monkeypatch):
    class Context:
        ended = 0

        def term(self):
            self.ended += 1

    context = Context()
    monkeypatch.setattr(worker_end, "context", lambda: context)
    worker.leave()
    assert context.ended == 1
