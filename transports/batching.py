# Run by the interpreter under test (Python 2.7 upward).
"""How many waiting tasks travel in one frame: bounded by expected work, bytes and credit, never by a timer.

A frame costs two system calls and two wake-ups whatever is in it, so small tasks go together; long ones travel alone,
so that the load stays even and a worker that is killed loses little.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

FRAME_TASKS = 128
FRAME_BYTES = 16 * 1024  # a frame with more than one task: at two bytes a member, never beyond the limit on members
FRAME_WORK_US = 2000.0  # per task that the worker runs at once
#: Of expected work that a worker holds before it is full. A task of less than this has one that follows it, or the
#: worker would be idle for a round trip between two; for a longer one a round trip is little, and it is better free.
AHEAD_US = 10000.0
#: Frames of short tasks in a queue, about: it passes frames on one by one, and those that wait in it never become one.
#: So a task stays here, where others join it, while more than so many times as many as wait here are there; but not
#: when nothing has come back for SHARED_QUIET_NS: then there may be no worker, and the queue is where tasks are safe.
SHARED_FRAMES = 16
SHARED_QUIET_NS = 5000000
UNKNOWN_US = 500.0  # of a task that has never been seen
LEARNING = 0.2  # how far one frame's results move what a task is expected to take


def learn(costs, name, ran_us, ran):
    """Take note that ``ran`` tasks of ``name`` took ``ran_us`` together. costs: {name: microseconds of one}."""
    if ran:
        before = costs.get(name)
        mean = ran_us / ran
        costs[name] = mean if before is None else before + (mean - before) * LEARNING


def has_room(held, waiting, cost_us, now):
    """May one of ``waiting`` tasks, expected to take ``cost_us``, go to a lane that holds these? As many as it runs at
    once always may."""
    lane = held.lane
    if lane.shared:
        return (
            len(held.tasks) < waiting * SHARED_FRAMES
            or cost_us >= FRAME_WORK_US
            or now - held.heard_at > SHARED_QUIET_NS
        )
    return len(held.tasks) < lane.concurrency or held.work_us <= lane.concurrency * AHEAD_US


class Room(object):
    """What one frame to a lane may hold. most: tasks; work_us: of expected work; idle: so many may be long, since they
    start at once."""

    __slots__ = ("idle", "most", "work_us")

    def __init__(self, held, share):
        lane = held.lane
        self.most = min(share, FRAME_TASKS, lane.credit - len(held.tasks))
        self.idle = 0 if lane.shared else lane.concurrency - len(held.tasks)
        self.work_us = lane.concurrency * FRAME_WORK_US
