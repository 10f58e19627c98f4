# Run by the interpreter under test (Python 2.7 upward).
"""How many frames may be on their way over a link: what it carries in the delay, besides what the broker needs.

A broker on this machine needs a few frames for its own time, its disk's above all. One that is farther away needs those
too that the way back and forth holds: rate times delay.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

#: Over the measured rate, since a window that is too small holds it down: the next one is larger until it is not.
GAIN = 1.5
MOST_FRAMES = 1000
MEASUREMENTS = 8  # the least of the last so many delays is believed: a busy process adds to each


class Window(object):
    """``frames``: how many may be on their way. least: those that are needed without any delay.

    round_trips: how many of the link's are between a frame that leaves and room for the next one.
    """

    def __init__(self, least, round_trips, now):
        self._least = self.frames = least
        self._round_trips = round_trips
        self._delays = collections.deque(maxlen=MEASUREMENTS)
        self.moved = 0  # frames since the last measurement
        self._since = now

    def measure(self, delay_ns, now):
        """Set ``frames`` by those that moved since the last call, and a round trip of the link."""
        self._delays.append(delay_ns)
        rate = self.moved / max(1, now - self._since)
        self._since, self.moved = now, 0
        asked = int(GAIN * rate * self._round_trips * min(self._delays))
        self.frames = min(MOST_FRAMES, self._least + asked)
