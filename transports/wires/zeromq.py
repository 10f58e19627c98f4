# Run by the interpreter under test (Python 2.7 upward, with pyzmq or JeroMQ).
"""ZeroMQ: one DEALER per worker's endpoint, so that who holds a task is known; each worker is a ROUTER.

    zmq+inproc:NAME[,NAME ...]   zmq+ipc:/FOLDER/NAME[,...]   zmq+tcp:HOST:PORT[,...]   zmq+tcp:?workers=FILE

A HOST that is a name may resolve to several workers; names and the file are followed as they change (directory.py).

With zeromq_sockets.py, this is all that uses ZeroMQ here; compat/zeromq.py has it from pyzmq or JeroMQ.

Both ends wait once and then drain, without an event loop: a stream on a loop costs five to eight times as much a frame.
A killed peer is seen by the socket's monitor at once, a stopped one by ZMTP heartbeats, a hung one by the session's
beats.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import errno

from compat import clock
from compat.zeromq import next_event, zmq
from transports import errors
from transports.messages import strict_json
from transports.service.backlog import Backlog
from transports.wires import base, curve, ipc_socket
from transports.wires.directory import Directory, endpoint
from transports.wires.zeromq_sockets import SILENT_HEARTBEATS, context, heartbeat_ms, socket_of, whole_ms

LEAST_REACHABLE = (4, 3, 3)  # earlier ones can be stopped from outside without a key (GLSA 202009-12)
# As plain integers: pyzmq's own are enumerations, whose every use with & or | costs more than a poll.
EVENTS, POLLIN, NOBLOCK = int(zmq.EVENTS), int(zmq.POLLIN), int(zmq.NOBLOCK)
SILENT_HANDSHAKE_NS = 100 * 1000000  # JeroMQ up to 0.4 speaks ZMTP 2, of whose handshake libzmq does not tell
LAST_WORD_MS = 100  # for what was said on a lane that is forgotten
DRAIN_FRAMES = 64  # taken in one go, before what they brought is worked on; fewer where they are large
#: Read ahead in one go where there are more: libzmq's own queue has no limit.
AHEAD_FRAMES = 2000
AHEAD_BYTES = 16 * strict_json.FRAME_BYTES
#: Frames of one client that wait: one that keeps to its credit never has so many. Their bytes are AHEAD_BYTES, and one
#: frame's more for each task that the worker runs at once: it is sent as much of them ahead.
MOST_AHEAD = 20000


def _can_read(socket):
    """Return whether there is something to read; to try costs more where there is not."""
    return socket.getsockopt(EVENTS) & POLLIN


class Client(base.ClientWire):
    def open(self):
        self._heartbeat_ms = heartbeat_ms(self.options)
        self.silence_ns = SILENT_HEARTBEATS * self._heartbeat_ms * 1000000
        self._lanes = []
        self._lost = []  # lanes that were leaving when their connection went
        self._events = []
        self._by_socket = {}
        self._monitored = {}  # {descriptor of its monitor: lane}
        self._connected = {}  # {lane: since when it is connected, with no word of a handshake}
        self._poller = zmq.Poller()
        self._directory = Directory(self.options["scheme"], self.url, self.options.get("workers"))
        # A heartbeat on a connection that ended while its socket was being closed aborts the process (libzmq's issue
        # 4364). With a context of its own, close() can wait until no connection is left.
        self._own_context = zmq.Context() if self.options["scheme"] != "zmq+inproc" else None
        try:
            self._directory.open()
            for address in self._directory.endpoints:
                self._refuse_open(address)
            self._follow(self._events, self._directory.of_url)
        except BaseException:
            self.close()
            raise

    def _refuse_open(self, address):
        if not curve.is_asked_for(self.options):
            curve.refuse_open(address, "give ?key=FILE&server=FILE for CURVE")

    def _follow(self, events, needed=()):
        """Connect to the endpoints that are new, and leave those that are gone.

        One that cannot be used changes nothing else, and is a problem; raise Unusable where it is among ``needed``.
        """
        self._directory.news = False
        there = {lane.name: lane for lane in self._lanes}
        for problem in self._directory.problems:
            events.append((base.DOWN, base.Lane(self.url or self.options["workers"]), problem))
        for address in self._directory.endpoints:
            lane = there.pop(address, None)
            if lane is not None:
                lane.leaving = False
                continue
            try:
                self._refuse_open(address)
                self._connect(address)
            except errors.Unusable as error:
                if address in needed:
                    raise
                events.append((base.DOWN, base.Lane(address), "{}".format(error)))
        for lane in there.values():
            lane.leaving = True
            if not lane.up:
                self.forget(lane)

    def _connect(self, address):
        """Begin to connect to ``address``, on a lane of its own; raise Unusable and leave none where that cannot be."""
        socket = socket_of(zmq.DEALER, self._own_context or context(), self._heartbeat_ms)
        lane = base.Lane(address)
        lane.socket = socket
        lane.monitor = None  # inproc has no connection that could break; missing beats show a lost worker
        lane.up = lane.refused = False
        try:
            curve.secure_client(socket, self.options)
            if self._own_context is not None:
                socket.setsockopt(zmq.IMMEDIATE, 1)  # nothing is queued for a peer that is not there
                socket.setsockopt(zmq.RECONNECT_IVL, 10)
                socket.setsockopt(zmq.RECONNECT_IVL_MAX, 500)
                self._monitor(lane)
            socket.connect(str(address))
        except (zmq.ZMQError, UnicodeError) as error:  # UnicodeError: str() on Python 2
            self._disconnect(lane)
            raise errors.Unusable("{} cannot be connected to: {}; correct the address".format(address, error))
        except BaseException:
            self._disconnect(lane)
            raise
        self._lanes.append(lane)
        self._poller.register(socket, POLLIN)
        self._by_socket[socket] = lane
        if lane.monitor is None:
            lane.up = True
            self._events.append((base.UP, lane, None))
        else:
            self._poller.register(lane.descriptor, POLLIN)
            self._monitored[lane.descriptor] = lane

    def _monitor(self, lane):
        """Give ``lane`` a monitor."""
        lane.monitor = lane.socket.get_monitor_socket(
            zmq.EVENT_CONNECTED
            | zmq.EVENT_HANDSHAKE_SUCCEEDED
            | zmq.EVENT_DISCONNECTED
            | zmq.EVENT_HANDSHAKE_FAILED_AUTH
        )
        lane.monitor.linger = 0
        # Its descriptor, which costs a poll less than the socket. It signals once for all that is new.
        lane.descriptor = lane.monitor.FD
        self._read_monitor(lane, self._events)  # a socket that was never read does not signal

    def send(self, lane, frame, ids=()):
        if not lane.up:  # libzmq tells of a lost connection a moment before it ceases to queue for it
            raise errors.Busy("{} is not connected".format(lane.name))
        try:
            lane.socket.send(frame, NOBLOCK)
        except zmq.Again:
            raise errors.Busy("{} accepts no messages now".format(lane.name))

    def poll(self, timeout_s):
        events, self._events = self._events, []
        if self._connected:
            self._take_silent_ones_as_up(events)
        while self._lost:
            self.forget(self._lost.pop())
        if self._directory.news:
            self._follow(events)
        try:
            ready = self._poller.poll(0 if events else whole_ms(timeout_s))
        except zmq.ZMQError as error:
            if error.errno != errno.EINTR:  # Python 2: a signal ends the wait
                raise
            ready = []
        for socket, _ in ready:
            lane = self._by_socket.get(socket)
            if lane is None:
                self._read_monitor(self._monitored[socket], events)
            else:
                # One frame a poll: under load it is a large one, and looking for a second costs as much as a poll.
                try:
                    events.append((base.FRAME, lane, socket.recv(NOBLOCK)))
                except zmq.Again:
                    pass  # the lane went down in this very turn
        return events

    def _receive_rest(self, lane, events):
        """Append what a peer sent before it ended to ``events``."""
        while _can_read(lane.socket):
            events.append((base.FRAME, lane, lane.socket.recv(NOBLOCK)))

    def _read_monitor(self, lane, events):
        """Append what a lane's monitor has seen to ``events``, in order."""
        while _can_read(lane.monitor):
            event = next_event(lane.monitor)
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self._take_as_up(lane, events)
            elif event == zmq.EVENT_CONNECTED and not curve.is_asked_for(self.options):
                self._connected[lane] = clock.now_ns()
            elif event == zmq.EVENT_DISCONNECTED:
                self._connected.pop(lane, None)
                if lane.up:
                    self._take_as_down(lane, events)
            elif event == zmq.EVENT_HANDSHAKE_FAILED_AUTH:
                lane.refused = True
                events.append((base.DOWN, lane, "refused by the worker: E_AUTH, it does not know this key"))

    def _take_as_up(self, lane, events):
        self._connected.pop(lane, None)
        if not lane.up and lane not in self._lost:
            lane.up, lane.refused = True, False
            events.append((base.UP, lane, None))

    def _take_as_down(self, lane, events):
        # What it had sent before it went still counts.
        self._receive_rest(lane, events)
        lane.up = False
        events.append((base.DOWN, lane, "the connection is gone"))
        self._directory.look_soon()
        if lane.leaving:
            self._lost.append(lane)

    def _take_silent_ones_as_up(self, events):
        """Take lanes as up on which a handshake would have been reported by now: a peer of ZMTP 2 has none."""
        now = clock.now_ns()
        for lane, since in list(self._connected.items()):
            if now - since > SILENT_HANDSHAKE_NS:
                self._take_as_up(lane, events)

    def refused(self):
        return bool(self._lanes) and all(lane.refused for lane in self._lanes)

    def drain(self, deadline_s):
        for lane in self._lanes:
            lane.socket.linger = int(deadline_s * 1000)
        return True

    def forget(self, lane):
        self._lanes.remove(lane)
        self._connected.pop(lane, None)
        self._poller.unregister(lane.socket)
        del self._by_socket[lane.socket]
        if lane.monitor is not None:
            self._poller.unregister(lane.descriptor)
            del self._monitored[lane.descriptor]
        lane.socket.linger = LAST_WORD_MS
        self._disconnect(lane)

    def _disconnect(self, lane):
        if lane.monitor is not None:
            lane.socket.disable_monitor()
            lane.monitor.close(0)
        lane.socket.close()

    def close(self):
        self._directory.close()
        for lane in self._lanes:
            self._disconnect(lane)
        self._lanes = []
        if self._own_context is not None:
            self._own_context.term()  # waits for as long as drain() allows
            self._own_context = None


class Worker(base.WorkerWire):
    def open(self):
        scheme = self.options["scheme"]
        count = len(self.url.split(","))
        if count != 1:
            raise errors.Unusable("a worker listens at one address, not {}".format(count))
        self.address = endpoint(scheme, self.url)
        self._encrypted = curve.is_asked_for(self.options)
        if not self._encrypted:
            curve.refuse_open(self.address, "listen at 127.0.0.1, or give ?key=FILE&clients=FOLDER for CURVE")
        if scheme == "zmq+tcp" and not curve.is_loopback(self.address):
            if tuple(int(part) for part in zmq.zmq_version().split(".")[:3]) < LEAST_REACHABLE:
                raise errors.Unusable(
                    "libzmq {} must not be reached from outside: 4.3.3 is the first that cannot be stopped without a "
                    "key; listen at 127.0.0.1".format(zmq.zmq_version())
                )
        self._place = ipc_socket.Place(self.address[len("ipc://") :]) if scheme == "zmq+ipc" else None
        try:
            self._bind()
        except BaseException:
            self.close()
            raise

    def _bind(self):
        self._guard = None
        self._socket = None
        if self._encrypted:
            self._guard = curve.Guard(context(), self.options)
        self._socket = socket_of(zmq.ROUTER, context())
        if self._guard is not None:
            self._guard.protect(self._socket)
        self._socket.setsockopt(zmq.ROUTER_MANDATORY, 1)  # without it what cannot be sent is dropped silently
        try:
            self._socket.bind(str(self.address))
        except zmq.ZMQError as error:
            raise errors.Unusable("{} cannot be bound: {}; choose another".format(self.address, error))
        if self.address.endswith(":0") or self.address.endswith(":*"):
            self.address = self._socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode("ascii")
        self._wait_ms = None
        self._watched = 0
        self._backlog = Backlog()
        self._poller = zmq.Poller()
        self._poller.register(self._socket, POLLIN)

    def watch(self, descriptor):
        self._poller.register(descriptor, POLLIN)
        self._watched += 1

    def unwatch(self, descriptor):
        self._poller.unregister(descriptor)
        self._watched -= 1

    def receive(self, timeout_s):
        if self._backlog:
            self._read_ahead()
            return self._backlog.take(DRAIN_FRAMES, strict_json.FRAME_BYTES)
        socket = self._socket
        arrivals, taken = [], 0
        try:
            if self._watched:
                if not any(ready is socket for ready, _ in self._poller.poll(whole_ms(timeout_s))):
                    return arrivals
                flags = NOBLOCK
            elif timeout_s:
                # A receive that waits costs half of what a poll and a receive cost.
                self._wait_up_to(whole_ms(timeout_s))
                flags = 0
            elif _can_read(socket):
                flags = NOBLOCK
            else:
                return arrivals
            # All that is there: what many small frames bring is answered in one. A large one is enough for a turn.
            while True:
                parts = socket.recv_multipart(flags)
                if len(parts) == 2:  # else it is not from one of our clients
                    arrivals.append(base.Arrival(parts[0], parts[1], None, 0))
                    taken += len(parts[1])
                if len(arrivals) >= DRAIN_FRAMES or taken >= strict_json.FRAME_BYTES:
                    self._read_ahead()
                    break
                if not _can_read(socket):
                    break
                flags = NOBLOCK
        except zmq.Again:
            pass
        except zmq.ZMQError as error:
            if error.errno != errno.EINTR:  # Python 2: a signal ends the wait
                raise
        return arrivals

    def _read_ahead(self):
        """Read what else is there into the backlog."""
        socket = self._socket
        taken, most_bytes = 0, AHEAD_BYTES + self.concurrency * strict_json.FRAME_BYTES
        for _ in range(AHEAD_FRAMES):
            if taken >= AHEAD_BYTES or not _can_read(socket):
                return
            try:
                parts = socket.recv_multipart(NOBLOCK)
            except zmq.ZMQError as error:
                if error.errno not in (errno.EAGAIN, errno.EINTR):
                    raise
                return
            if len(parts) == 2:
                taken += len(parts[1])
                self._backlog.add(base.Arrival(parts[0], parts[1], None, 0), MOST_AHEAD, most_bytes)

    def _wait_up_to(self, wait_ms):
        if wait_ms != self._wait_ms:
            self._socket.setsockopt(zmq.RCVTIMEO, wait_ms)
            self._wait_ms = wait_ms

    def reply(self, sender, frame, tokens=()):
        try:
            self._socket.send_multipart([sender, frame], NOBLOCK)
        except zmq.Again:
            raise errors.Busy("the client does not keep up")
        except zmq.ZMQError as error:
            if error.errno == errno.EHOSTUNREACH:
                return False
            raise
        return True

    def drain(self, deadline_s):
        self._socket.linger = int(deadline_s * 1000)
        return True

    def close(self):
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._guard is not None:
            self._guard.close()
            self._guard = None
        if self._place is not None:
            self._place.close()
            self._place = None

    def leave(self):
        # A closed socket's last messages are sent by libzmq's own thread, which ends with the process wherever it is:
        # in 4 of 40 trials a drained worker took its last result along.
        context().term()

    def abort(self):
        if self._place is not None:
            self._place.close()
