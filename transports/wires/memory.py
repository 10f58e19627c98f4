# Run by the interpreter under test (Python 2.7 upward).
"""Queues in this process: the double that tests lose, double and reorder frames with, and the control group.

Client and workers are threads of one process and meet at a name: ``memory:NAME``.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import errno
import select
import threading

from compat import os_errors
from transports import errors
from transports.waker import Waker
from transports.wires import base

_places = {}  # {name: _Place}
_lock = threading.Lock()

MOST_FRAMES = 10000  # in one inbox, before Busy


class _Inbox(object):
    """Frames for one end; a pipe wakes the end up, because 2.7 can wait for nothing else with a timeout."""

    def __init__(self):
        self.frames = collections.deque()
        self.closed = False
        self._waker = Waker()

    def put(self, entry):
        if self.closed:
            return
        if len(self.frames) >= MOST_FRAMES:
            raise errors.Busy("the peer does not keep up")
        self.frames.append(entry)
        self._waker.wake()

    def take(self, timeout_s, watched=()):
        if not self.frames:
            self._wait(timeout_s, watched)
        self._waker.clear()
        return [self.frames.popleft() for _ in range(len(self.frames))]

    def _wait(self, timeout_s, watched):
        try:
            select.select([self._waker.descriptor] + list(watched), [], [], max(0.0, timeout_s))
        except (OSError, select.error) as error:
            if os_errors.number_of(error) != errno.EINTR:  # Python 2: a signal ends the wait
                raise

    def close(self):
        self.closed = True
        self._waker.close()


class _Place(object):
    """The ends that listen at a name.

    ``tamper(frame, to_worker)`` returns the frames that arrive for one that was sent: tests lose, double and delay
    frames by it.
    """

    def __init__(self):
        self.workers = []
        self.clients = []
        self.tamper = lambda frame, to_worker: [frame]


def place(name):
    """Return the _Place of ``name``."""
    with _lock:
        return _places.setdefault(name, _Place())


def forget(name):
    """Remove everything of ``name``."""
    with _lock:
        _places.pop(name, None)


class Client(base.ClientWire):
    def open(self):
        self._place = place(self.url)
        self._inbox = _Inbox()
        self._lanes = {}
        with _lock:
            self._place.clients.append(self)
            for worker in self._place.workers:
                self.add_lane(worker)

    def add_lane(self, worker):
        """Add a lane for a worker."""
        lane = self._lanes[worker] = base.Lane("memory:{}/{}".format(self.url, len(self._lanes)))
        lane.worker = worker
        self._inbox.put((base.UP, lane, None))

    def remove_lane(self, worker):
        """Remove the lane of a worker that has left."""
        lane = self._lanes.pop(worker, None)
        if lane is not None:
            self._inbox.put((base.DOWN, lane, "it has left"))

    def deliver(self, worker, frame):
        """Put a frame of ``worker`` into the inbox."""
        lane = self._lanes.get(worker)
        if lane is not None:
            for arriving in self._place.tamper(frame, False):
                self._inbox.put((base.FRAME, lane, arriving))

    def send(self, lane, frame, ids=()):
        for arriving in self._place.tamper(frame, True):
            lane.worker.inbox.put(base.Arrival(self, arriving, None, 0))

    def poll(self, timeout_s):
        return self._inbox.take(timeout_s)

    def drain(self, deadline_s):
        return True  # what was sent has arrived

    def close(self):
        with _lock:
            self._place.clients.remove(self)
        self._inbox.close()


class Worker(base.WorkerWire):
    def open(self):
        self._place = place(self.url)
        self.inbox = _Inbox()
        self._watched = []
        with _lock:
            self._place.workers.append(self)
            for client in self._place.clients:
                client.add_lane(self)

    def receive(self, timeout_s):
        return self.inbox.take(timeout_s, self._watched)

    def watch(self, descriptor):
        self._watched.append(descriptor)

    def unwatch(self, descriptor):
        self._watched.remove(descriptor)

    def reply(self, sender, frame, tokens=()):
        if sender._inbox.closed:
            return False
        sender.deliver(self, frame)
        return True

    def drain(self, deadline_s):
        return True

    def close(self):
        with _lock:
            self._place.workers.remove(self)
            for client in self._place.clients:
                client.remove_lane(self)
        self.inbox.close()
