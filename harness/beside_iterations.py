# Run by the interpreter under test (Python 2.7 upward).
"""What is measured beside each iteration: how fast the machine is, and how long the compiler works.

A shared machine is twice as fast at one moment as at the next: runoff/stats/average_pace.py takes that out. A compiler
that still works has not made the cell as fast as it will be: runoff/stats/pilots.py.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import array

#: Looking among them for what is not there reads 100 KiB and compares, and takes no memory. New memory has a pace of
#: its own: PyPy's first pass through its nursery, 240 MB on a large server, takes twice as long as all later ones.
WORDS = [str(number * 0.618) for number in range(1500)]
ABSENT = str("none of them")
TIMES = 50
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
        """Do the work once, if it is due, and keep how long it took.

        The very first time does not count: caches are cold, and PyPy compiles the loop meanwhile.
        """
        if not self._count:
            _work()
        start = self._now_ns()
        if start >= self._next:
            _work()
            end = self._now_ns()
            self._times[self._count] = max(1, end - start)  # a coarse clock may see nothing of it
            self._next = end + APART * self._times[self._count]
        self._count += 1

    def taken_ns(self):
        """Return the times in nanoseconds, in order."""
        return [int(time_ns) or None for time_ns in self._times[: self._count]]


def _work():
    for _ in range(TIMES):
        ABSENT in WORDS  # noqa: B015


class CompilerTimes(object):
    """How long the compilers worked in each of ``most`` iterations at most, and in what was done after each.

    ``worked_ns`` says how long they have worked so far; it returns None as long as none has told.
    """

    def __init__(self, worked_ns, most):
        self._worked_ns = worked_ns
        self._times = array.array(str("d"), b"\0" * 8 * most)  # no object per time, as in measure
        self._count = 0
        self._before = worked_ns()

    def take(self):
        """Keep how long the compilers worked since the last time."""
        now = self._worked_ns()
        if now is not None:
            self._times[self._count] = now - (self._before or 0)
        self._before = now
        self._count += 1

    def taken_ns(self):
        """Return the times in nanoseconds, in order; None where none has told."""
        return None if self._before is None else [int(time_ns) for time_ns in self._times[: self._count]]
