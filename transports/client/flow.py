# Run by the interpreter under test (Python 2.7 upward).
"""How much a lane is sent ahead: as much as its worker does until an answer could bring more, rate times delay.

The delay is the time that a frame and its answer spend on the way. It is the least that was seen lately of the time
from sending a task to its result, less the time that the worker reports for it. A result counts only where this client
was waiting for it: one that lay in the client's own buffers would make its own slowness look like a long way.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

FIRST_TASKS = 1000  # sent ahead while no more than the rate asks for is known, and never less
SHARED_FIRST_TASKS = 4096  # the same for a broker's queue, which feeds any number of workers
#: A queue's depth hides how far its workers are, and tasks there starve nobody: it gets what is done in so long.
SHARED_AHEAD_NS = 250000000
#: A queue is deep while tasks come back that had waited in it for so long, since a worker with room takes them sooner,
#: and while as many are left as are done in that time.
DEEP_NS = 250000000
LATELY_NS = 100000000  # where nothing came back for so long, all may wait for one task, and other workers be idle
AHEAD_NS = 8000000  # behind the delay: a frame that is worked on, and one to follow
#: Over the measured rate: a lane that is held back by what it is sent shows a higher one next time.
GAIN = 1.5
LEAST_SPAN_NS = 10000000  # over which a rate is measured; a round trip where that is longer
RATE_KEPT = 0.9  # of a higher rate, from one span to the next
DELAY_KEPT_NS = 2000000000  # a longer way is believed after once to twice so long
MOST_DELAY_US = 1000000.0


class Flow(object):
    """What the results on one lane tell of it. delay_us: of its way and back. window: tasks without a result, at most.

    shared: a broker's queue, whose tasks may wait for a worker on their way.
    """

    __slots__ = ("_delays", "_delays_since", "_rate", "_shared", "_since", "_tasks", "_way", "delay_us", "window")

    def __init__(self, shared, now):
        self._shared = shared
        self._rate = 0.0  # tasks a nanosecond
        self._tasks = 0
        self._since = self._delays_since = now
        self._delays = None, None  # the least of the period before, the least of this one
        self._way = 0.0, now  # of the last result on a shared lane: microseconds, and when it came
        self.delay_us = 0.0
        self.window = SHARED_FIRST_TASKS if shared else FIRST_TASKS

    def count(self, tasks, now):
        """Take note that the results of so many tasks have come."""
        self._tasks += tasks
        span = now - self._since
        if span < max(LEAST_SPAN_NS, self.delay_us * 1000):
            return
        self._rate = max(self._tasks / span, self._rate * RATE_KEPT)
        self._since, self._tasks = now, 0
        if self._shared:
            self.window = max(SHARED_FIRST_TASKS, int(self._rate * SHARED_AHEAD_NS))
        else:
            self.window = max(FIRST_TASKS, int(GAIN * self._rate * (self.delay_us * 1000 + AHEAD_NS)))

    def is_deep(self, tasks, now):
        """Return whether a broker's queue with so many tasks of this client keeps its workers busy until more come."""
        way_us, at = self._way
        return way_us * 1000 > DEEP_NS and now - at < LATELY_NS and tasks > self._rate * DEEP_NS

    def time(self, way_us, now):
        """Take note that a task and its result were on their way for ``way_us``."""
        if self._shared:
            self._way = way_us, now
            return
        before, least = self._delays
        if now - self._delays_since > DELAY_KEPT_NS:
            self._delays_since = now
            before, least = least, None
        way_us = min(max(0.0, way_us), MOST_DELAY_US)
        least = way_us if least is None else min(least, way_us)
        self._delays = before, least
        self.delay_us = least if before is None else min(before, least)
