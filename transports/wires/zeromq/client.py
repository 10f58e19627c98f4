# Run by the interpreter under test (Python 2.7 upward, with pyzmq or JeroMQ).
"""The client's end of the ZeroMQ wire: a DEALER for each worker."""

from __future__ import absolute_import, division, print_function, unicode_literals

import errno

from compat import clock
from compat.zeromq import Context, next_event, zmq
from transports import errors
from transports.wires import base, curve
from transports.wires.directory import Directory
from transports.wires.zeromq.sockets import (
    NOBLOCK,
    OPTIONS,
    POLLIN,
    SILENT_HEARTBEATS,
    can_read,
    context,
    heartbeat_ms,
    socket_of,
    whole_ms,
)

SILENT_HANDSHAKE_NS = 100 * 1000000  # JeroMQ up to 0.4 speaks ZMTP 2, of whose handshake libzmq does not tell
LAST_WORD_MS = 100  # for what was said on a lane that is forgotten


class Client(base.ClientWire):
    takes = OPTIONS

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
        self._own_context = Context() if self.options["scheme"] != "zmq+inproc" else None
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
        lane = base.Lane(address)
        lane.socket = None
        lane.monitor = None  # inproc has no connection that could break; missing beats show a lost worker
        lane.up = lane.refused = False
        try:
            lane.socket = socket = socket_of(zmq.DEALER, self._own_context or context(), self._heartbeat_ms)
            curve.secure_client(socket, self.options)
            if self._own_context is not None:
                socket.setsockopt(zmq.IMMEDIATE, 1)  # nothing is queued for a peer that is not there
                socket.setsockopt(zmq.RECONNECT_IVL, 10)
                socket.setsockopt(zmq.RECONNECT_IVL_MAX, 500)
                self._monitor(lane)
            socket.connect(str(address))
        except (zmq.ZMQError, UnicodeError) as error:  # UnicodeError: str() on Python 2
            self._disconnect(lane)
            too_many = getattr(error, "errno", None) == errno.EMFILE
            advice = "permit more open files (ulimit -n)" if too_many else "correct the address"
            raise errors.Unusable("{} cannot be connected to: {}; {}".format(address, error, advice))
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
        while can_read(lane.socket):
            events.append((base.FRAME, lane, lane.socket.recv(NOBLOCK)))

    def _read_monitor(self, lane, events):
        """Append what a lane's monitor has seen to ``events``, in order."""
        while can_read(lane.monitor):
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
        if lane.socket is not None:
            lane.socket.close()

    def close(self):
        self._directory.close()
        for lane in self._lanes:
            self._disconnect(lane)
        self._lanes = []
        if self._own_context is not None:
            self._own_context.term()  # waits for as long as drain() allows
            self._own_context = None
