# Run by the interpreter under test (Python 2.7 upward).
"""How fast the machine is beside each iteration: the times of a small fixed piece of work.

A shared machine is twice as fast at one moment as at the next. What the report makes of it is in
runoff/stats/average_pace.py.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import array

#: Joining and splitting them needs memory and the processor alike, as most code does, and no compiler while it runs.
WORDS = [str(number * 0.618) for number in range(1500)]
TIMES = 5


class Paces(object):
    """The nanoseconds that the work took before the first iteration and after each of ``most`` at most."""

    def __init__(self, now_ns, most):
        self._now_ns = now_ns
        self._times = array.array(str("d"), b"\0" * 8 * (most + 1))  # no object per time, as in measure
        self._count = 0

    def take(self):
        """Do the work once, and keep how long it took."""
        start = self._now_ns()
        for _ in range(TIMES):
            ",".join(WORDS).split(",")
        self._times[self._count] = max(1, self._now_ns() - start)  # a coarse clock may see nothing of it
        self._count += 1

    def taken_ns(self):
        """Return the times in nanoseconds, in order."""
        return [int(time_ns) for time_ns in self._times[: self._count]]
