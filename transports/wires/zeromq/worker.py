# Run by the interpreter under test (Python 2.7 upward, with pyzmq or JeroMQ).
"""The worker's end of the ZeroMQ wire: a ROUTER that listens at one address."""

from __future__ import absolute_import, division, print_function, unicode_literals

import errno

from compat.zeromq import zmq
from transports import errors
from transports.messages import strict_json
from transports.service.backlog import Backlog
from transports.wires import base, curve, ipc_socket
from transports.wires.directory import endpoint
from transports.wires.zeromq.sockets import NOBLOCK, OPTIONS, POLLIN, can_read, context, socket_of, whole_ms

LEAST_REACHABLE = (4, 3, 3)  # earlier ones can be stopped from outside without a key (GLSA 202009-12)
DRAIN_FRAMES = 64  # taken in one go, before what they brought is worked on; fewer where they are large
#: Read ahead in one go where there are more: libzmq's own queue has no limit.
AHEAD_FRAMES = 2000
AHEAD_BYTES = 16 * strict_json.FRAME_BYTES
#: Frames of one client that wait: one that keeps to its credit never has so many. Their bytes are AHEAD_BYTES, and one
#: frame's more for each task that the worker runs at once: it is sent as much of them ahead.
MOST_AHEAD = 20000


class Worker(base.WorkerWire):
    takes = OPTIONS

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
            elif can_read(socket):
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
                if not can_read(socket):
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
            if taken >= AHEAD_BYTES or not can_read(socket):
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
