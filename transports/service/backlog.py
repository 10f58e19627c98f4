# Run by the interpreter under test (Python 2.7 upward).
"""Frames that a worker has read and not looked at yet, each client's apart."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import logging

log = logging.getLogger("runoff.transports")


class Backlog(object):
    """Frames by their client: who sends many of them waits behind himself alone."""

    def __init__(self):
        self._queues = collections.OrderedDict()  # {sender: deque of Arrivals}, in the order of their turns
        self._bytes = {}  # {sender: of all its frames}
        self.dropped = 0

    def __bool__(self):
        return bool(self._queues)

    __nonzero__ = __bool__  # Python 2

    def add(self, arrival, most, most_bytes):
        """Keep ``arrival``; drop it where ``most`` frames of its client wait, or it would pass ``most_bytes``."""
        sender = arrival.sender
        queue = self._queues.get(sender)
        if queue is None:
            queue = self._queues[sender] = collections.deque()
            self._bytes[sender] = 0
        size = self._bytes[sender] + len(arrival.frame)
        if not queue or (len(queue) < most and size <= most_bytes):
            queue.append(arrival)
            self._bytes[sender] = size
        else:
            if not self.dropped:
                log.warning("frames were dropped: their client sends far more than its credit (said once)")
            self.dropped += 1

    def take(self, frames, size):
        """Return the next frames, one of each client in turn: at most so many, and no more once they have ``size``."""
        taken = []
        while self._queues and len(taken) < frames and size > 0:
            sender, queue = self._queues.popitem(last=False)
            arrival = queue.popleft()
            taken.append(arrival)
            size -= len(arrival.frame)
            self._bytes[sender] -= len(arrival.frame)
            if queue:
                self._queues[sender] = queue  # behind the others
            else:
                del self._bytes[sender]
        return taken
