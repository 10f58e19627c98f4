# Run by the interpreter under test (Python 2.7 upward).
"""When a worker has done enough: after so many tasks, or when it and its children hold too much memory.

It drains then, as after SIGTERM, so that no task is lost; whatever supervises it starts another one.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os

from compat import clock
from transports import errors
from transports.status import process_table

LOOK_EVERY_NS = 1000000000  # at the memory
UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}


def parse_bytes(given):
    """Parse a number of bytes, as 512MiB; raise ValueError."""
    digits = given.rstrip("BKMGi")
    count = int(digits) * UNITS.get(given[len(digits) :], 0) if digits.isdigit() else 0
    if count < 1:
        raise ValueError("not a size: {}; write it as in 512MiB".format(given))
    return count


class Limits(object):
    """tasks, memory_bytes: the most, or None. Raise Unusable where memory is to be limited and is unknown."""

    def __init__(self, tasks=None, memory_bytes=None, now_ns=clock.now_ns):
        self._tasks = tasks
        self._memory_bytes = memory_bytes
        self._now_ns = now_ns
        self._look_at = now_ns()
        if memory_bytes is not None and process_table.resident_bytes(os.getpid()) is None:
            raise errors.Unusable("the memory of a process is known on Linux alone: leave out --max-memory")

    def reached(self, service):
        """Return which limit ``service`` has reached, as a sentence; None where it has reached none.

        Raise Unusable where a worker that was given no task yet is beyond the memory: its successor would be as well.
        """
        if self._tasks is not None and service.counts["answered"] >= self._tasks:
            return "{} tasks were answered".format(service.counts["answered"])
        if self._memory_bytes is None or self._now_ns() < self._look_at:
            return None
        self._look_at = self._now_ns() + LOOK_EVERY_NS
        _, found = process_table.tree_bytes([pid for each in service.executors() for pid in each.pids()])
        if found <= self._memory_bytes:
            return None
        if not service.counts["taken"]:
            raise errors.Unusable("{} MiB are in use before any task: raise --max-memory".format(found // 2**20))
        return "{} MiB are in use".format(found // 2**20)
