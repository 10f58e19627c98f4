# Run by the interpreter under test (Python 2.7 upward, with pyzmq or JeroMQ).
"""The sockets of the ZeroMQ wire: their shared context, and their options."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import threading

from compat.zeromq import Context, zmq
from transports import errors
from transports.messages import strict_json

#: What a URL may say of either end; an end ignores what is for the other one.
OPTIONS = ("clients", "heartbeat", "key", "server", "workers")
#: A worker that is silent for SILENT_HEARTBEATS of these is gone; ``heartbeat`` of a client's URL overrides it.
HEARTBEAT_MS = 100
SILENT_HEARTBEATS = 3
MOST_HEARTBEAT_S = 60
#: libzmq reads a peer's HEARTBEAT_TTL as milliseconds of 16 bits: 66 s would be half a second (its issue 4226).
MOST_TTL_MS = 65000
HANDSHAKE_MS = 2000  # at least; a handshake takes some round trips
#: In seconds: when the kernel asks a silent client's machine whether it is there, how often again, and how many times.
KEEPALIVE_IDLE_S, KEEPALIVE_EVERY_S, KEEPALIVE_TIMES = 10, 2, 5
#: Frames that a worker's libzmq keeps for each client. By itself it keeps a thousand of any size for one that does not
#: receive.
SEND_FRAMES = 64
# As plain integers: pyzmq's own are enumerations, whose every use with & or | costs more than a poll.
EVENTS, POLLIN, NOBLOCK = int(zmq.EVENTS), int(zmq.POLLIN), int(zmq.NOBLOCK)
_contexts = {}  # {process id: its Context}: sockets made before a fork are not used after it
_lock = threading.Lock()


def context():
    """Return the Context that workers and both ends of inproc share: one for each process."""
    with _lock:
        if os.getpid() not in _contexts:
            _contexts.clear()
            _contexts[os.getpid()] = Context()
        return _contexts[os.getpid()]


def heartbeat_ms(options):
    """Read ``heartbeat``, in seconds, from the options of a client's URL; raise Unusable where it cannot be used."""
    text = options.get("heartbeat")
    if text is None:
        return HEARTBEAT_MS
    try:
        heartbeat = int(float(text) * 1000)
    except (ValueError, OverflowError):  # no number, or no finite one
        heartbeat = 0
    if not HEARTBEAT_MS <= heartbeat <= MOST_HEARTBEAT_S * 1000:
        raise errors.Unusable(
            "heartbeat is a number of seconds from {:g} to {}".format(HEARTBEAT_MS / 1000, MOST_HEARTBEAT_S)
        )
    return heartbeat


def socket_of(kind, within, heartbeat=HEARTBEAT_MS):
    """Return a socket of the Context ``within``, for a client (DEALER) or a worker (ROUTER), with limits."""
    socket = within.socket(kind)
    socket.linger = 0
    # Twice the limit: a frame that is a little too long gets its error code, one that is far too long ends the link.
    socket.setsockopt(zmq.MAXMSGSIZE, 2 * strict_json.FRAME_BYTES)
    socket.setsockopt(zmq.HANDSHAKE_IVL, max(HANDSHAKE_MS, SILENT_HEARTBEATS * heartbeat))
    # libzmq stops reading from a link whose receive queue is full, and answers no heartbeat there: the link ends, what
    # is on it gets lost, and a heartbeat that is read or due after that aborts the process (libzmq's issues 3937, 4364,
    # 4767). So no receive queue of ours has a limit: what a worker sends is limited by its credit, and it drops what a
    # client sends beyond that (backlog.py).
    socket.setsockopt(zmq.RCVHWM, 0)
    if kind == zmq.DEALER:
        socket.setsockopt(zmq.HEARTBEAT_IVL, heartbeat)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, SILENT_HEARTBEATS * heartbeat)
        socket.setsockopt(zmq.HEARTBEAT_TTL, min(10 * heartbeat, MOST_TTL_MS))
    else:  # its clients may be anybody's, and have a full queue: that their machines are there, the kernel asks
        socket.setsockopt(zmq.SNDHWM, SEND_FRAMES)
        socket.setsockopt(zmq.TCP_KEEPALIVE, 1)
        socket.setsockopt(zmq.TCP_KEEPALIVE_IDLE, KEEPALIVE_IDLE_S)
        socket.setsockopt(zmq.TCP_KEEPALIVE_INTVL, KEEPALIVE_EVERY_S)
        socket.setsockopt(zmq.TCP_KEEPALIVE_CNT, KEEPALIVE_TIMES)
    return socket


def whole_ms(seconds):
    """Round a timeout up to whole milliseconds, for which libzmq can wait."""
    return int(seconds * 1000 + 0.999)


def can_read(socket):
    """Return whether there is something to read; to try costs more where there is not."""
    return socket.getsockopt(EVENTS) & POLLIN
