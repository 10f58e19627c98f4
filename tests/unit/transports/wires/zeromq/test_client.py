"""What the client's end of ZeroMQ tells of its workers, and how it follows where they are."""

from __future__ import annotations

import errno
import time

import pytest

zmq = pytest.importorskip("zmq")
from transports import errors  # noqa: E402
from transports.wires import base  # noqa: E402
from transports.wires.zeromq import client as client_end  # noqa: E402
from transports.wires.zeromq import sockets  # noqa: E402

WITHIN_S = 10.0
MS = 1_000_000


class Directory:
    """Where the workers are, as the test says."""

    made: list = []
    listed: tuple = ()  # in a file, when a client opens

    def __init__(self, scheme, url, path):
        self.given = scheme, url, path
        self.of_url = tuple(f"{scheme.partition('+')[2]}://{rest}" for rest in url.split(",") if rest)
        self.endpoints = (*self.of_url, *self.listed)
        self.problems = ()
        self.news = True
        self.looked = self.closed = 0
        self.made.append(self)

    def open(self):
        pass

    def look_soon(self):
        self.looked += 1

    def close(self):
        self.closed += 1

    def now(self, *endpoints, problems=()):
        self.endpoints, self.problems, self.news = endpoints, problems, True


@pytest.fixture
def directory(monkeypatch):
    """The directory of the last client that was opened."""
    monkeypatch.setattr(Directory, "made", [])
    monkeypatch.setattr(client_end, "Directory", Directory)
    return lambda: Directory.made[-1]


@pytest.fixture
def address(folder):
    """A URL of ipc that nobody listens at."""
    return f"zmq+ipc:{folder}/w"


def until(wire, wanted):
    """Poll until an event is ``wanted``; return all events."""
    events = []
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        events += wire.poll(0.05)
        if any(event == wanted for event, _, _ in events):
            return events
    raise AssertionError(f"no {wanted}, but {events}")


def receive(worker):
    end = time.monotonic() + WITHIN_S
    while time.monotonic() < end:
        for arrival in worker.receive(0.05):
            return arrival
    raise AssertionError("nothing arrived")


def test_a_lane_is_up_when_its_worker_is_there_and_frames_go_both_ways(opened, address):
    client = opened(base.client, address)
    (lane,) = client._lanes
    with pytest.raises(errors.Busy, match=f"^{lane.name} is not connected$"):
        client.send(lane, b"early")
    assert (lane.up, lane.refused, client.poll(0.0), client.refused()) == (False, False, [], False)
    worker = opened(base.worker, address)
    assert until(client, base.UP) == [(base.UP, lane, None)]
    assert lane.name == address.replace("zmq+ipc:", "ipc://")
    client.send(lane, b"ask")
    arrival = receive(worker)
    assert (arrival.frame, arrival.token, arrival.redeliveries) == (b"ask", None, 0)
    assert worker.reply(arrival.sender, b"answer") is True
    assert until(client, base.FRAME) == [(base.FRAME, lane, b"answer")]


def test_the_open_files_of_the_process_alone_limit_how_many_workers_a_client_has(opened, address):
    assert opened(base.client, address)._own_context.get(zmq.MAX_SOCKETS) >= 3 * 9000


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.EMFILE, "Too many open files; permit more open files (ulimit -n)"),
        (errno.EINVAL, "Invalid argument; correct the address"),
        (errno.EADDRNOTAVAIL, "Cannot assign requested address; correct the address"),
    ],
)
def test_a_worker_that_cannot_be_connected_to_costs_no_other(opened, address, directory, monkeypatch, number, said):
    opened(base.worker, address)
    client = opened(base.client, address)
    ((_, lane, _),) = until(client, base.UP)

    def refuse(*_):
        raise zmq.ZMQError(number)

    monkeypatch.setattr(client_end, "socket_of", refuse)
    directory().now(lane.name, "ipc:///no/room")
    ((event, other, why),) = client.poll(0.0)
    assert (event, other.name) == (base.DOWN, "ipc:///no/room")
    assert why == f"ipc:///no/room cannot be connected to: {said}"
    assert client._lanes == [lane]
    client.send(lane, b"ask")


def test_an_address_is_tried_every_hundredth_of_a_second_and_then_every_half(opened, address):
    (lane,) = opened(base.client, address)._lanes
    pauses_ms = [lane.socket.getsockopt(option) for option in (zmq.RECONNECT_IVL, zmq.RECONNECT_IVL_MAX)]
    assert pauses_ms == [10, 500]
    assert lane.socket.getsockopt(zmq.IMMEDIATE) == 1, "nothing is queued for a worker that is not there"


def test_a_worker_that_goes_takes_its_lane_down_until_there_is_one_again(opened, address, directory):
    worker = opened(base.worker, address)
    client = opened(base.client, address)
    ((_, lane, _),) = until(client, base.UP)
    worker.close()
    assert directory().looked == 0
    assert until(client, base.DOWN) == [(base.DOWN, lane, "the connection is gone")]
    assert (lane.up, directory().looked) == (False, 1)
    opened(base.worker, address)
    assert until(client, base.UP) == [(base.UP, lane, None)]


def test_a_worker_in_this_process_is_up_at_once(opened):
    client = opened(base.client, "zmq+inproc:test-up")
    ((event, lane, payload),) = client.poll(WITHIN_S)
    assert (event, lane.name, payload, lane.monitor) == (base.UP, "inproc://test-up", None, None)
    assert client.poll(0.0) == []


def test_a_poll_lasts_no_longer_than_until_there_is_something(opened):
    client = opened(base.client, "zmq+inproc:test-poll")
    begun = time.monotonic()
    assert len(client.poll(WITHIN_S)) == 1
    assert time.monotonic() - begun < WITHIN_S / 2
    begun = time.monotonic()
    assert client.poll(0.05) == []
    assert 0.045 < time.monotonic() - begun < WITHIN_S / 2


def test_each_address_is_a_lane(opened):
    client = opened(base.client, "zmq+inproc:test-a,test-b")
    assert [lane.name for _, lane, _ in client.poll(0.0)] == ["inproc://test-a", "inproc://test-b"]
    assert not client.refused()
    first, second = client._lanes
    first.refused = True
    assert not client.refused()
    second.refused = True
    assert client.refused()


def test_nobody_refuses_a_client_without_lanes(opened, directory):
    client = opened(base.client, "zmq+inproc:test-none?workers=somewhere")
    assert directory().given == ("zmq+inproc", "test-none", "somewhere")
    client._lanes, lanes = [], client._lanes
    assert client.refused() is False
    client._lanes = lanes


def test_a_worker_elsewhere_needs_curve(directory):
    with pytest.raises(errors.Unusable, match=r"give \?key=FILE&server=FILE for CURVE"):
        base.client("zmq+tcp:192.0.2.1:1").open()


def test_a_client_whose_file_has_an_address_that_others_can_reach_needs_curve(directory, monkeypatch):
    monkeypatch.setattr(Directory, "listed", ("tcp://192.0.2.1:1",))
    with pytest.raises(errors.Unusable, match=r"give \?key=FILE&server=FILE for CURVE"):
        base.client("zmq+tcp:127.0.0.1:1?workers=list").open()


def test_lanes_follow_where_workers_are(opened, directory):
    client = opened(base.client, "zmq+inproc:test-a,test-b")
    first, second = client._lanes
    client.poll(0.0)
    assert not directory().news
    directory().now("inproc://test-b", "inproc://test-c")
    ((event, third, _),) = client.poll(0.0) + client.poll(0.0)
    assert (event, third.name, client._lanes) == (base.UP, "inproc://test-c", [first, second, third])
    assert [lane.leaving for lane in client._lanes] == [True, False, False]
    directory().now("inproc://test-a", "inproc://test-b", "inproc://test-c")
    assert client.poll(0.0) == []
    assert [lane.leaving for lane in client._lanes] == [False] * 3
    client.forget(first)
    assert (client._lanes, first.socket.closed) == ([second, third], True)
    assert client.poll(0.0) == []


def test_a_lane_that_never_came_up_is_forgotten_at_once(opened, directory, address):
    client = opened(base.client, address)
    (lane,) = client._lanes
    directory().now()
    assert client.poll(0.0) == []
    assert (client._lanes, client._monitored, client._by_socket, client._connected) == ([], {}, {}, {})
    assert (lane.socket.closed, lane.monitor.closed) == (True, True)


def test_a_lane_that_is_leaving_is_forgotten_after_it_went_down(opened, directory, address):
    worker = opened(base.worker, address)
    client = opened(base.client, address)
    ((_, lane, _),) = until(client, base.UP)
    directory().now()
    client.poll(0.0)
    assert client._lanes == [lane]
    worker.close()
    assert until(client, base.DOWN) == [(base.DOWN, lane, "the connection is gone")]
    client.poll(0.0)
    assert (client._lanes, lane.socket.closed) == ([], True)


def test_what_cannot_be_looked_up_and_what_must_not_be_used_is_said(opened, directory):
    client = opened(base.client, "zmq+inproc:test-a")
    client.poll(0.0)
    directory().now("inproc://test-a", "tcp://192.0.2.1:1", problems=("x does not resolve",))
    (problem, refusal) = client.poll(0.0)
    assert (problem[0], problem[1].name, problem[2]) == (base.DOWN, "test-a", "x does not resolve")
    assert (refusal[0], refusal[1].name) == (base.DOWN, "tcp://192.0.2.1:1")
    assert "can be reached from other machines" in refusal[2]
    assert len(client._lanes) == 1


BAD = ["tcp://127.0.0.1:", "tcp://127.0.0.1:http"]


def check_is_told(told, address):
    """Check that the event ``told`` says that ``address`` cannot be used."""
    event, lane, why = told
    assert (event, lane.name) == (base.DOWN, address)
    assert why.startswith(f"{address} cannot be connected to: ")
    assert why.endswith("; correct the address")


@pytest.mark.parametrize("bad", BAD)
def test_an_address_that_is_none_is_a_problem_and_changes_nothing_else(opened, directory, bad):
    worker = opened(base.worker, "zmq+tcp:127.0.0.1:0")
    client = opened(base.client, "zmq+tcp:127.0.0.1:1")
    (gone,) = client._lanes
    directory().now(bad, worker.address)
    problem, connected = until(client, base.UP)  # of one poll, or of two
    check_is_told(problem, bad)
    (lane,) = client._lanes
    assert (lane.name, gone.socket.closed) == (worker.address, True)
    assert (list(client._by_socket.values()), list(client._monitored.values())) == ([lane], [lane])
    assert connected == (base.UP, lane, None)
    directory().now(worker.address)
    assert (client.poll(0.0), client._lanes, lane.leaving) == ([], [lane], False)


def test_what_had_arrived_before_an_address_that_is_none_is_returned(opened, directory):
    client = opened(base.client, "zmq+inproc:test-early?workers=list")
    (lane,) = client._lanes
    directory().now("inproc://test-early", "tcp://127.0.0.1:http")
    ((event, found, _), (problem, bad, _)) = client.poll(0.0)
    assert (event, found, problem, bad.name) == (base.UP, lane, base.DOWN, "tcp://127.0.0.1:http")


@pytest.mark.parametrize("bad", BAD)
def test_a_client_whose_url_has_an_address_that_is_none_does_not_open(directory, bad):
    client = base.client(bad.replace("tcp://", "zmq+tcp:127.0.0.1:1,"))
    with pytest.raises(errors.Unusable, match=f"^{bad} cannot be connected to: .*; correct the address$"):
        client.open()
    assert (client._lanes, client._own_context, directory().closed) == ([], None, 1)


def test_a_client_whose_file_has_an_address_that_is_none_opens(opened, directory, monkeypatch):
    monkeypatch.setattr(Directory, "listed", ("tcp://127.0.0.1:",))
    client = opened(base.client, "zmq+tcp:127.0.0.1:1?workers=list")
    (told,) = client.poll(0.0)
    check_is_told(told, "tcp://127.0.0.1:")
    assert [lane.name for lane in client._lanes] == ["tcp://127.0.0.1:1"]


def test_a_key_that_cannot_be_read_leaves_no_lane(opened, directory, address, monkeypatch):
    client = opened(base.client, address)

    def refuse(socket, options):
        made.append(socket)
        raise errors.Unusable("no key")

    made = []
    monkeypatch.setattr(client_end.curve, "secure_client", refuse)
    directory().now(*directory().endpoints, "ipc:///nowhere")
    ((_, lane, why),) = client.poll(0.0)
    assert (lane.name, why, made[0].closed, len(client._lanes)) == ("ipc:///nowhere", "no key", True, 1)


def test_problems_of_a_file_have_its_name(opened, directory):
    client = opened(base.client, "zmq+inproc:?workers=list")
    directory().now(problems=("gone",))
    ((_, lane, _),) = client.poll(0.0)
    assert lane.name == "list"


# --- what the monitor of a socket tells ---


def test_a_monitor_tells_of_connections_and_of_handshakes(opened, address, monkeypatch):
    asked, real = [], zmq.Socket.get_monitor_socket
    monkeypatch.setattr(
        zmq.Socket, "get_monitor_socket", lambda socket, events: asked.append(events) or real(socket, events)
    )
    opened(base.client, address)
    assert {event for event in zmq.Event if event & asked[0]} >= {
        zmq.EVENT_CONNECTED,
        zmq.EVENT_HANDSHAKE_SUCCEEDED,
        zmq.EVENT_DISCONNECTED,
        zmq.EVENT_HANDSHAKE_FAILED_AUTH,
    }


class Monitor:
    """A monitor that has seen ``events``."""

    def __init__(self, *events):
        self.events = list(events)

    def getsockopt(self, option):
        assert option == sockets.EVENTS
        return zmq.POLLIN | zmq.POLLOUT if self.events else zmq.POLLOUT

    def next(self):
        return int(self.events.pop(0))


@pytest.fixture
def told(opened, address, monkeypatch):
    """told(events ...) -> (the client, its lane, what it makes of these events)."""
    client = opened(base.client, address)
    (lane,) = client._lanes
    monkeypatch.setattr(client_end, "next_event", lambda monitor: monitor.next())

    def tell(*events):
        real, lane.monitor = lane.monitor, Monitor(*events)
        found = []
        client._read_monitor(lane, found)
        lane.monitor = real
        return client, lane, found

    return tell


def test_a_handshake_brings_a_lane_up_once(told):
    _, lane, found = told(zmq.EVENT_CONNECTED, zmq.EVENT_HANDSHAKE_SUCCEEDED, zmq.EVENT_HANDSHAKE_SUCCEEDED)
    assert (found, lane.up) == ([(base.UP, lane, None)], True)


def test_a_lane_that_was_not_up_does_not_go_down(told):
    client, lane, found = told(zmq.EVENT_CONNECTED, zmq.EVENT_DISCONNECTED, zmq.EVENT_CLOSED)
    assert (found, client._connected, lane.refused) == ([], {}, False)
    _, _, found = told(zmq.EVENT_HANDSHAKE_SUCCEEDED, zmq.EVENT_DISCONNECTED, zmq.EVENT_DISCONNECTED)
    assert found == [(base.UP, lane, None), (base.DOWN, lane, "the connection is gone")]


class Full:
    """A socket that has frames."""

    def __init__(self, *frames):
        self.frames = list(frames)

    def getsockopt(self, option):
        assert option == sockets.EVENTS
        return zmq.POLLIN | zmq.POLLOUT if self.frames else zmq.POLLOUT

    def recv(self, flags):
        assert flags == zmq.NOBLOCK
        return self.frames.pop(0)


def test_what_has_arrived_of_a_worker_that_went_comes_before_its_lane_is_down(told):
    _, lane, _ = told(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    real, lane.socket = lane.socket, Full(b"1", b"2")
    _, _, found = told(zmq.EVENT_DISCONNECTED)
    lane.socket = real
    down = (base.DOWN, lane, "the connection is gone")
    assert found == [(base.FRAME, lane, b"1"), (base.FRAME, lane, b"2"), down]


def test_a_worker_that_does_not_know_the_key_refuses_the_lane_until_it_does(told):
    client, lane, found = told(zmq.EVENT_HANDSHAKE_FAILED_AUTH)
    assert found == [(base.DOWN, lane, "refused by the worker: E_AUTH, it does not know this key")]
    assert client.refused()
    told(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    assert not client.refused()


def test_a_lane_that_is_to_be_forgotten_does_not_come_up(told):
    client, lane, _ = told(zmq.EVENT_HANDSHAKE_SUCCEEDED)
    lane.leaving = True
    told(zmq.EVENT_DISCONNECTED)
    assert client._lost == [lane]
    assert told(zmq.EVENT_HANDSHAKE_SUCCEEDED)[2] == []


def test_a_peer_that_tells_of_no_handshake_is_up_a_tenth_of_a_second_after_it_connected(told, monkeypatch):
    now = [7 * MS]
    monkeypatch.setattr(client_end.clock, "now_ns", lambda: now[0])
    client, lane, found = told(zmq.EVENT_CONNECTED)
    assert (found, client._connected) == ([], {lane: 7 * MS})
    now[0] += 100 * MS
    assert client.poll(0.0) == []
    now[0] += 1
    assert client.poll(0.0) == [(base.UP, lane, None)]
    assert (client.poll(0.0), client._connected) == ([], {})


def test_with_curve_a_connection_is_no_handshake(told, monkeypatch):
    monkeypatch.setattr(client_end.curve, "is_asked_for", lambda options: True)
    assert told(zmq.EVENT_CONNECTED)[0]._connected == {}


# --- what a socket may do ---


class Socket:
    """A socket that can do nothing."""

    def __init__(self, number):
        self.number = number

    def send(self, frame, flags):
        assert flags == zmq.NOBLOCK
        raise zmq.Again


def test_a_socket_without_room_is_busy(opened):
    client = opened(base.client, "zmq+inproc:test-full")
    (lane,) = client._lanes
    real, lane.socket = lane.socket, Socket(1)
    with pytest.raises(errors.Busy, match=r"^inproc://test-full accepts no messages now$"):
        client.send(lane, b"x")
    lane.socket = real


class Poller:
    """A poller that fails with ``number``, or has found ``ready``."""

    def __init__(self, number=None, ready=()):
        self.number, self.ready = number, ready

    def poll(self, timeout_ms):
        if self.number:
            raise zmq.ZMQError(self.number)
        return [(each, zmq.POLLIN) for each in self.ready]


@pytest.mark.parametrize("number", [errno.EPERM, errno.ENOTSOCK])
def test_a_signal_ends_a_poll_and_any_other_error_is_one(opened, number):
    client = opened(base.client, "zmq+inproc:test-signal")
    client.poll(0.0)
    real, client._poller = client._poller, Poller(errno.EINTR)
    assert client.poll(1.0) == []
    client._poller = Poller(number)
    with pytest.raises(zmq.ZMQError):
        client.poll(1.0)
    client._poller = real


def test_a_frame_that_is_gone_before_it_was_read_is_none(opened):
    client = opened(base.client, "zmq+inproc:test-gone")
    client.poll(0.0)
    real, client._poller = client._poller, Poller(ready=[client._lanes[0].socket])
    assert client.poll(1.0) == []
    client._poller = real


def test_what_was_said_has_time_to_leave(opened):
    client = opened(base.client, "zmq+inproc:test-linger")
    (lane,) = client._lanes
    assert lane.socket.linger == 0
    assert client.drain(2.5) is True
    assert lane.socket.linger == 2500


def test_what_was_said_on_a_lane_that_is_forgotten_has_a_tenth_of_a_second(opened, monkeypatch):
    client = opened(base.client, "zmq+inproc:test-last-word")
    (lane,) = client._lanes
    seen = []
    monkeypatch.setattr(client, "_disconnect", lambda lane: seen.append(lane.socket.linger))
    client.forget(lane)
    assert seen == [100]
    lane.socket.close()


def test_a_closed_client_has_no_sockets(opened, address, directory):
    client = opened(base.client, address)
    (lane,) = client._lanes
    client.close()
    assert (client._lanes, lane.socket.closed, lane.monitor.closed) == ([], True, True)
    assert directory().closed == 1
