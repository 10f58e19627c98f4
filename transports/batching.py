# Run by the interpreter under test (Python 2.7 upward).
"""How many waiting tasks travel in one frame: bounded by expected work, bytes and credit, never by a timer.

A frame costs two system calls and two wake-ups whatever is in it, so small tasks go together; long ones travel alone,
so that the load stays even and a worker that is killed loses little.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports.messages import strict_json

FRAME_TASKS = 128
#: How many members a frame with more than one task may have, were each as short as its codec's can be: 16 KiB of JSON.
FRAME_MEMBERS = 8 * 1024
#: Moving a task that is larger than such a frame is work as well: 4 MB are on their way to a worker for each task that
#: it runs at once, and not its whole credit.
BYTES_PER_US = 1000.0
#: Bytes of arguments at one worker, besides a frame for each task that it runs at once: a long way asks for more ahead.
#: A worker takes twice as many, counts whole frames, and gives back the rest (service/credit.py).
MOST_BYTES = 8 * strict_json.FRAME_BYTES
FRAME_WORK_US = 4000.0  # per task that the worker runs at once
SHARED_FRAME_WORK_US = 8000.0  # through a broker, where a frame costs twice as much and more
#: Through a broker whose queue is deep (flow.py): a task that waits behind many is no later for travelling with others.
DEEP_FRAME_WORK_US = 24000.0
#: Of work in a worker: with no more than this left, and what it does while a frame is on its way, it gets the frame
#: that is to follow.
AHEAD_US = 4000.0
#: The same for one task that follows alone, or each waits for the last one's way there and back. A wait of a tenth of a
#: task is borne, since a task that waits behind a long one is missing elsewhere.
LONG_AHEAD_US = 20000.0
LONG_DELAYS = 9
UNKNOWN_US = 2000.0  # of a task that has never been seen: few travel together, should they be long
LEARNING = 0.2  # how far one frame's results move what a task is expected to take


def learn(costs, name, ran_us, ran):
    """Take note that ``ran`` tasks of ``name`` took ``ran_us`` together. costs: {name: microseconds of one}."""
    if ran:
        before = costs.get(name)
        mean = ran_us / ran
        costs[name] = mean if before is None else before + (mean - before) * LEARNING


def has_room(state):
    """Return whether the lane of ``state`` (a LaneState) may get one more task; up to its concurrency it always may."""
    lane = state.lane
    count = len(state.tasks)
    if lane.shared or count < lane.concurrency:
        return True
    if state.bytes >= MOST_BYTES + lane.concurrency * strict_json.FRAME_BYTES:
        return False
    delay_us = state.flow.delay_us
    ahead_us = AHEAD_US + delay_us if count > lane.concurrency else max(LONG_AHEAD_US, LONG_DELAYS * delay_us)
    return state.work_us <= lane.concurrency * ahead_us


def gathers(state, waiting, now):
    """Return whether so many ``waiting`` tasks wait for more to fill a frame, since the lane's queue is deep."""
    if waiting >= FRAME_TASKS or not state.is_deep(now):
        return False
    return waiting * state.work_us < len(state.tasks) * DEEP_FRAME_WORK_US


def _frame_work_us(state, now):
    """Return how much expected work a frame to the lane of ``state`` holds, in microseconds."""
    if state.is_deep(now):
        return DEEP_FRAME_WORK_US
    return state.lane.concurrency * (SHARED_FRAME_WORK_US if state.lane.shared else FRAME_WORK_US)


class Room(object):
    """What one frame to a lane may hold.

    most: tasks. work_us: expected work. idle: how many of them may be long, since they start at once.
    """

    __slots__ = ("idle", "most", "work_us")

    def __init__(self, state, share, now):
        lane = state.lane
        self.most = min(share, FRAME_TASKS, state.room())
        self.idle = 0 if lane.shared else lane.concurrency - len(state.tasks)
        self.work_us = _frame_work_us(state, now)
