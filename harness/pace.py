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
#: The work is done again when this many times as long has passed since: it takes a tenth of an invocation at most.
APART = 10


class Paces(object):
    """The nanoseconds that the work took before the first iteration and after each of ``most`` at most.

    After an iteration that is short against the work it is not done, and None stands there.
    """

    def __init__(self, now_ns, most):
        self._now_ns = now_ns
        self._next = float("-inf")
        self._times = array.array(str("d"), b"\0" * 8 * (most + 1))  # no object per time, as in measure
        self._count = 0

    def take(self):
        """Do the work once, if it is due, and keep how long it took."""
        start = self._now_ns()
        if start >= self._next:
            for _ in range(TIMES):
                ",".join(WORDS).split(",")
            end = self._now_ns()
            self._times[self._count] = max(1, end - start)  # a coarse clock may see nothing of it
            self._next = end + APART * self._times[self._count]
        self._count += 1

    def taken_ns(self):
        """Return the times in nanoseconds, in order."""
        return [int(time_ns) or None for time_ns in self._times[: self._count]]
