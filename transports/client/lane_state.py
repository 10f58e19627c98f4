# Run by the interpreter under test (Python 2.7 upward).
"""What a session knows of a lane: the tasks that it holds, how quick it is, and when it was last heard of."""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports import batching
from transports.client.flow import Flow


class LaneState(object):
    """A lane, what it holds, how quick it is, and when it was last heard of."""

    def __init__(self, lane, now):
        self.lane = lane
        self.tasks = {}  # {id: Request}: sent there and not answered
        self.work_us = 0.0  # expected of these tasks
        self.bytes = 0  # of their arguments
        self.costs = {}  # {task's name: microseconds} of this lane's worker, see batching.learn
        self.flow = Flow(lane.shared, now)
        self.heard_at = self.hello_at = self.beat_at = now
        self.parting = False  # did its worker say goodbye on this connection?
        self.left = False  # was that answered, with nothing held there any more?

    def has_room(self):
        """Return whether one more task may be sent there now."""
        lane = self.lane
        return lane.ready and not lane.leaving and self.room() > 0 and batching.has_room(self)

    def room(self):
        """Return how many more tasks its worker permits, and what is known of rate and delay asks for."""
        return min(self.lane.credit, self.flow.window) - len(self.tasks)

    def is_deep(self, now):
        """Return whether it is a broker's queue that keeps its workers busy for a while."""
        return self.flow.is_deep(len(self.tasks), now)

    def release(self, request):
        """Remove ``request``, which this lane no longer holds."""
        if self.tasks.pop(request.id, None) is not None:
            self.bytes -= len(request.body)
            self.work_us = self.work_us - request.cost_us if self.tasks else 0.0

    def release_finished(self, sent_before):
        """Remove the tasks that have their outcome and were sent before that: no worker may hold them still."""
        for request in list(self.tasks.values()):
            if request.finished and request.sent_at < sent_before:
                self.release(request)

    def load(self):
        """Return a key that sorts lanes by load."""
        return self.work_us / self.lane.concurrency, len(self.tasks)
