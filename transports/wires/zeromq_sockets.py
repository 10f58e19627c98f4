# Run by the interpreter under test (Python 2.7 upward, with pyzmq or JeroMQ).
"""The sockets of the ZeroMQ wire: their one context, and their options."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import threading

from compat.zeromq import zmq
from transports.messages import strict_json

HEARTBEAT_MS = 100  # a peer that is silent for three of these is gone
_contexts = {}  # {process id: its Context}: sockets made before a fork are not used after it
_lock = threading.Lock()


def context():
    """Return the one Context of this process, which both ends of inproc need."""
    with _lock:
        if os.getpid() not in _contexts:
            _contexts.clear()
            _contexts[os.getpid()] = zmq.Context()
        return _contexts[os.getpid()]


def socket_of(kind):
    """Return a socket that limits what it takes, and notices a silent peer."""
    socket = context().socket(kind)
    socket.linger = 0
    # Twice the limit: a frame that is a little too long gets its error code, one that is far too long ends the link.
    socket.setsockopt(zmq.MAXMSGSIZE, 2 * strict_json.FRAME_BYTES)
    socket.setsockopt(zmq.HANDSHAKE_IVL, 2000)
    socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, 3 * HEARTBEAT_MS)
    socket.setsockopt(zmq.HEARTBEAT_TTL, 10 * HEARTBEAT_MS)
    return socket


def whole_ms(seconds):
    """Round a timeout up to whole milliseconds, for which libzmq can wait."""
    return int(seconds * 1000 + 0.999)
