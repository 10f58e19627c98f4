# Run by the interpreter under test (Python 2.7 upward).
"""How long the compilers of all processes of a cell have worked.

Each process that runs tasks for another one writes it into a file of its own, in a folder that the driver made.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import os
import struct

from compat import clock, compiler

#: Environment variable: the folder. Without it nothing is written.
FOLDER = str("RUNOFF_COMPILERS")
#: How often a process writes at most, and how old it is when it begins: the work is a part of what is measured.
INTERVAL_NS = 20 * 1000 * 1000
_NUMBER = struct.Struct(str("<q"))


class Reporter(object):
    """What this process writes into ``folder`` (None: nothing), by the clock ``now_ns``.

    ``find_clock`` returns a function that says how long the compiler has worked so far, or None.
    """

    def __init__(self, folder, now_ns, find_clock):
        self._folder = folder
        self._now_ns = now_ns
        self._find_clock = find_clock
        self._clock_ns = None
        self._next = now_ns() + INTERVAL_NS if folder else float("inf")

    def report(self):
        """Write how long the compiler has worked so far, if it is due."""
        now = self._now_ns()
        if now < self._next:
            return
        self._clock_ns = self._clock_ns or self._find_clock()
        self._next = now + INTERVAL_NS if self._clock_ns and self._write(self._clock_ns()) else float("inf")

    def _write(self, worked_ns):
        """Append a number, of which the last counts; return whether that was possible. Threads may do so at once."""
        try:
            with io.open(os.path.join(self._folder, "{}".format(os.getpid())), "ab", buffering=0) as times:
                times.write(_NUMBER.pack(worked_ns))
            return True
        except EnvironmentError:  # no room, or no descriptor is left: the task goes on all the same
            return False


_reporter = None  # of this process


def report():
    """Write how long the compiler of this process has worked, between two tasks that it runs for another one."""
    global _reporter
    if _reporter is None:
        _reporter = Reporter(os.environ.get(FOLDER), clock.now_ns, compiler.clock_ns)
    _reporter.report()


class CompilersOfAllProcesses(object):
    """The compilers of this process and of those that write into ``folder`` (None: of this process alone).

    ``own_clock_ns`` says how long this one's has worked so far; None where the interpreter does not tell.
    """

    def __init__(self, folder, own_clock_ns):
        self._folder = folder
        self._own_clock_ns = own_clock_ns
        self._first = {}  # {process id: the first number that it wrote}: a forked one begins with its parent's
        self._last = {}

    def worked_ns(self):
        """Return how many nanoseconds they have worked so far, in all; None where none has reported."""
        for name in os.listdir(self._folder) if self._folder else ():
            if name == "{}".format(os.getpid()):
                continue  # workers may be threads of this process
            with io.open(os.path.join(self._folder, name), "rb") as times:
                content = times.read()
            if content:
                (self._last[name],) = _NUMBER.unpack(content[-_NUMBER.size :])
                self._first.setdefault(name, self._last[name])
        if self._own_clock_ns is None and not self._last:
            return None
        own_ns = self._own_clock_ns() if self._own_clock_ns else 0
        return own_ns + sum(self._last.values()) - sum(self._first.values())
