# Run by the interpreter under test (Python 2.7 upward).
"""How many waiting tasks travel in one frame: bounded by expected work, bytes and credit, never by a timer.

A frame costs two system calls and two wake-ups whatever is in it, so small tasks go together; long ones travel alone,
so that the load stays even and a worker that is killed loses little.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

FRAME_TASKS = 128
FRAME_BYTES = 16 * 1024  # a frame with more than one task: at two bytes a member, never beyond the limit on members
FRAME_WORK_US = 2000.0  # per task that the worker runs at once
AHEAD_US = 4000.0  # of work that waits in a worker behind what it runs: two frames, one to work on and one to follow
UNKNOWN_US = 500.0  # of a task that has never been seen
SLOWEST_LEARNING = 0.05


class Costs(object):
    """What a task of each name takes, from the times that results report: a moving average."""

    def __init__(self):
        self._us = {}
        self._seen = {}
        self.of = lambda name: self._us.get(name, UNKNOWN_US)

    def learn(self, name, run_us):
        if name in self._us:
            seen = self._seen[name] = self._seen[name] + 1
            self._us[name] += (run_us - self._us[name]) * max(SLOWEST_LEARNING, 1.0 / seen)
        else:
            self._us[name] = float(run_us)
            self._seen[name] = 1


def room(held, cost_us):
    """May a task of ``cost_us`` go to a lane that holds these? At least as many as it runs at once, always."""
    lane = held.lane
    return lane.shared or len(held.tasks) < lane.concurrency or held.work_us <= lane.concurrency * AHEAD_US


class Frame(object):
    """A frame that is being filled for one lane, with at most ``share`` tasks."""

    def __init__(self, held, share):
        self._held = held
        lane = held.lane
        # So many may be long: they start at once.
        self._idle = 0 if lane.shared else max(0, lane.concurrency - len(held.tasks))
        self._most = min(share, FRAME_TASKS, lane.credit - len(held.tasks))
        self._work_limit = lane.concurrency * FRAME_WORK_US
        self._bytes = 0
        self.work_us = 0.0
        self.items = []

    def takes(self, cost_us, size):
        """Does one more of this cost and size fit?"""
        count = len(self.items)
        if count >= self._most:
            return False
        if count and self._bytes + size > FRAME_BYTES:
            return False
        return count < max(1, self._idle) or self.work_us + cost_us <= self._work_limit

    def add(self, item, cost_us):
        self.items.append(item)
        self._bytes += len(item) + 1
        self.work_us += cost_us
