# Run by Jython, with JeroMQ on its class path.
"""The part of pyzmq that the transports use, over JeroMQ 0.3.6, which speaks ZMTP 2 with every libzmq.

It lacks CURVE, UNIX domain sockets, ZMTP's heartbeats and a limit on the handshake: a killed peer is seen by the
monitor, a stopped one by the session's beats alone. A connection counts as up before its handshake.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import errno
import itertools
import os
import threading

import jarray
from java.lang import Long
from java.net import ServerSocket
from org.python.core.util import StringUtil
from zmq import ZMQ, Msg, PollItem, ZError

DEALER, ROUTER = ZMQ.ZMQ_DEALER, ZMQ.ZMQ_ROUTER
NOBLOCK = ZMQ.ZMQ_NOBLOCK
POLLIN = ZMQ.ZMQ_POLLIN
EVENTS, LAST_ENDPOINT = ZMQ.ZMQ_EVENTS, ZMQ.ZMQ_LAST_ENDPOINT
IMMEDIATE, ROUTER_MANDATORY = ZMQ.ZMQ_DELAY_ATTACH_ON_CONNECT, ZMQ.ZMQ_ROUTER_MANDATORY
MAXMSGSIZE, RCVTIMEO = ZMQ.ZMQ_MAXMSGSIZE, ZMQ.ZMQ_RCVTIMEO
RCVHWM, SNDHWM = ZMQ.ZMQ_RCVHWM, ZMQ.ZMQ_SNDHWM
RECONNECT_IVL, RECONNECT_IVL_MAX = ZMQ.ZMQ_RECONNECT_IVL, ZMQ.ZMQ_RECONNECT_IVL_MAX
#: Options that JeroMQ lacks: setting one changes nothing.
HANDSHAKE_IVL, HEARTBEAT_IVL, HEARTBEAT_TIMEOUT, HEARTBEAT_TTL = LACKING = (-1, -2, -3, -4)
TCP_KEEPALIVE, TCP_KEEPALIVE_CNT, TCP_KEEPALIVE_IDLE, TCP_KEEPALIVE_INTVL = KEEPALIVE = (-5, -6, -7, -8)
LACKING += KEEPALIVE
#: It tells of a connection, not of the handshake on it, and never that a key was refused.
EVENT_CONNECTED = EVENT_HANDSHAKE_SUCCEEDED = ZMQ.ZMQ_EVENT_CONNECTED
EVENT_DISCONNECTED, EVENT_HANDSHAKE_FAILED_AUTH = ZMQ.ZMQ_EVENT_DISCONNECTED, 0

#: JeroMQ's numbers are those of another system.
_NUMBERS = {
    ZError.EAGAIN: errno.EAGAIN,
    ZError.EINTR: errno.EINTR,
    ZError.EHOSTUNREACH: errno.EHOSTUNREACH,
    ZError.EADDRINUSE: errno.EADDRINUSE,
    ZError.EADDRNOTAVAIL: errno.EADDRNOTAVAIL,
    ZError.ECONNREFUSED: errno.ECONNREFUSED,
    ZError.EINVAL: errno.EINVAL,
}
#: How often a free port is looked for, which another process may take in between.
TRIES = 10
_monitors = itertools.count()


class ZMQError(Exception):
    def __init__(self, number):
        self.errno = _NUMBERS.get(number, number)
        Exception.__init__(self, os.strerror(self.errno))


class Again(ZMQError):
    pass


def _error(number):
    return (Again if number == ZError.EAGAIN else ZMQError)(number)


def zmq_version():
    """Return the release of libzmq that this one follows."""
    return "{}.{}.{}".format(ZMQ.ZMQ_VERSION_MAJOR, ZMQ.ZMQ_VERSION_MINOR, ZMQ.ZMQ_VERSION_PATCH)


__version__ = "JeroMQ, as libzmq {}".format(zmq_version())


def _free_port():
    listener = ServerSocket(0)
    try:
        return listener.getLocalPort()
    finally:
        listener.close()


class Context(object):
    def __init__(self):
        self.base = ZMQ.init(1)
        self._names = set()
        self._lock = threading.Lock()

    def socket(self, kind):
        return Socket(self, kind)

    def take(self, name):
        """Take a name within the process; return whether it was free. A second bind in JeroMQ drives the first out."""
        with self._lock:
            free = name not in self._names
            self._names.add(name)
            return free

    def give_back(self, name):
        """Release a name that ``take`` has taken."""
        with self._lock:
            self._names.discard(name)

    def term(self):
        """Wait until the last messages of closed sockets have left."""
        ZMQ.term(self.base)


class Socket(object):
    def __init__(self, context, kind):
        self._context = context
        self.base = ZMQ.socket(context.base, kind)
        self._unbound = None
        self._name = None

    @property
    def FD(self):
        """What a Poller takes in place of the socket's descriptor: the socket."""
        return self

    def setsockopt(self, option, value):
        if option not in LACKING:
            ZMQ.setSocketOption(self.base, option, Long(value) if option == MAXMSGSIZE else value)

    def getsockopt(self, option):
        if option == LAST_ENDPOINT:
            return ZMQ.getSocketOptionExt(self.base, option).encode("ascii")
        return ZMQ.getSocketOption(self.base, option)

    @property
    def linger(self):
        return ZMQ.getSocketOption(self.base, ZMQ.ZMQ_LINGER)

    @linger.setter
    def linger(self, value_ms):
        ZMQ.setSocketOption(self.base, ZMQ.ZMQ_LINGER, value_ms)

    def bind(self, address):
        """Bind to ``address``; replace a port of 0 or * by a free one, which JeroMQ would not name."""
        place, _, port = address.rpartition(":")
        free = address.startswith("tcp:") and port in ("0", "*")
        if address.startswith("inproc:"):
            if not self._context.take(address):
                raise _error(ZError.EADDRINUSE)
            self._name = address
        for tries_left in reversed(range(TRIES)):
            if ZMQ.bind(self.base, "{}:{}".format(place, _free_port()) if free else address):
                return
            if not free or not tries_left or self.base.errno() != ZError.EADDRINUSE:
                raise _error(self.base.errno())

    def connect(self, address):
        """Connect; to a name within the process that is not bound yet, later: JeroMQ refuses it and sets no errno."""
        if not ZMQ.connect(self.base, address):
            if not address.startswith("inproc:"):
                raise _error(self.base.errno())
            self._unbound = address

    def connect_late(self):
        """Try again to connect to a name that nobody had bound."""
        if self._unbound is not None and ZMQ.connect(self.base, self._unbound):
            self._unbound = None

    def send(self, frame, flags=0):
        self.connect_late()
        if not self.base.send(Msg(StringUtil.toBytes(bytes(frame))), flags):
            raise _error(self.base.errno())

    def send_multipart(self, parts, flags=0):
        for part in parts[:-1]:
            self.send(part, flags | ZMQ.ZMQ_SNDMORE)
        self.send(parts[-1], flags)

    def recv(self, flags=0):
        return self._receive(flags).data().tostring()

    def recv_multipart(self, flags=0):
        parts = []
        more = True
        while more:
            message = self._receive(flags)
            parts.append(message.data().tostring())
            more = message.hasMore()
        return parts

    def _receive(self, flags):
        message = self.base.recv(flags)
        if message is None:
            raise _error(self.base.errno())
        return message

    def get_monitor_socket(self, events):
        address = "inproc://runoff-monitor-{}".format(next(_monitors))
        self.base.monitor(address, events)
        monitor = Socket(self._context, ZMQ.ZMQ_PAIR)
        monitor.connect(address)
        return monitor

    def disable_monitor(self):
        self.base.monitor(None, 0)

    def close(self, linger=None):
        if linger is not None:
            self.linger = linger
        ZMQ.close(self.base)
        if self._name is not None:
            self._context.give_back(self._name)
            self._name = None


def next_event(monitor):
    """Return the number of the next event that ``monitor`` has."""
    return ZMQ.Event.read(monitor.base, NOBLOCK).event


class Poller(object):
    """Takes sockets, and the descriptors of compat.wake_up."""

    def __init__(self):
        self._items = {}

    def register(self, what, flags=POLLIN):
        self._items[what] = PollItem(what.base if isinstance(what, Socket) else what.channel, flags)

    def unregister(self, what):
        del self._items[what]

    def poll(self, timeout_ms=-1):
        """Return [(what was registered, POLLIN)] of all that can be read."""
        for what in self._items:
            if isinstance(what, Socket):
                what.connect_late()
        items = jarray.array(list(self._items.values()), PollItem)
        ZMQ.poll(items, len(items), timeout_ms)
        return [(what, POLLIN) for what, item in self._items.items() if item.isReadable()]
