# Run by the interpreter under test (Python 2.7 upward).
"""What a session knows of a lane: the tasks that it holds, and when it was last heard of."""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports import batching


class LaneState(object):
    """A lane, what it holds, and when it was last heard of."""

    def __init__(self, lane, now):
        self.lane = lane
        self.tasks = {}  # {id: Request}: sent there and not answered
        self.work_us = 0.0  # expected of these tasks
        self.heard_at = self.hello_at = self.beat_at = now

    def has_room(self):
        """Return whether one more task may be sent there now."""
        lane = self.lane
        return lane.ready and len(self.tasks) < lane.credit and batching.has_room(self)

    def release(self, request):
        """Remove ``request``, which this lane no longer holds."""
        if self.tasks.pop(request.id, None) is not None:
            self.work_us = self.work_us - request.cost_us if self.tasks else 0.0

    def load(self):
        """Return a key that sorts lanes by load."""
        return self.work_us / self.lane.concurrency, len(self.tasks)
