# Run by the interpreter under test (Python 2.7 upward, with pyzmq or JeroMQ).
"""ZeroMQ: one DEALER per worker's endpoint, so that who holds a task is known; each worker is a ROUTER.

    zmq+inproc:NAME[,NAME ...]   zmq+ipc:/FOLDER/NAME[,...]   zmq+tcp:HOST:PORT[,...]   zmq+tcp:?workers=FILE

A HOST that is a name may resolve to several workers; names and the file are followed as they change (directory.py).

This folder is all that uses ZeroMQ here; compat/zeromq.py has it from pyzmq or JeroMQ.

Both ends wait once and then drain, without an event loop: a stream on a loop costs five to eight times as much a frame.
A killed peer is seen by the socket's monitor at once, a stopped one by ZMTP heartbeats, a hung one by the session's
beats.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports.wires.zeromq.client import Client
from transports.wires.zeromq.worker import Worker

__all__ = ["Client", "Worker"]
