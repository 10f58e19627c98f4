# Run by the interpreter under test (Python 2.7 upward).
"""Counts of the tasks that a worker ended, by name and outcome, with histograms of queue and run times.

The service adds a whole frame of results at a time; any other thread may read meanwhile. A bucket of a histogram ends
at a power of two of microseconds, so that a time finds its bucket by the number of its bits.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

#: Label of a task whose name is not in the worker's registry: any text may arrive, and each would be a series.
UNKNOWN = "(unknown)"
#: The exponents of the bounds: from 16 microseconds to 67 seconds; a longer time is in the last bucket.
EXPONENTS = range(4, 27)
MOST_BITS = EXPONENTS[-1] + 1


class Series(object):
    """What is counted of the tasks of one name. queue, run: [tasks whose time has so many bits]; in microseconds."""

    __slots__ = ("outcomes", "queue", "queue_us", "run", "run_us")

    def __init__(self):
        self.outcomes = {}
        self.queue = [0] * (MOST_BITS + 1)
        self.run = [0] * (MOST_BITS + 1)
        self.queue_us = self.run_us = 0

    def copy(self):
        other = Series()
        other.outcomes = dict(self.outcomes)
        other.queue, other.run = list(self.queue), list(self.run)
        other.queue_us, other.run_us = self.queue_us, self.run_us
        return other


class Meter(object):
    """``names``: the tasks of the worker's registry."""

    def __init__(self, names):
        self._names = frozenset(names)
        self._series = {}  # {name: Series}
        self._lock = threading.Lock()

    def add(self, ended):
        """Count the tasks of a frame: [(name, result)], a result as transports.executors.run_job returns it."""
        with self._lock:
            for name, (_, outcome, queue_us, run_us) in ended:
                series = self._series.get(name) if run_us >= 0 else self._at(name)
                if series is None:
                    series = self._at(name)
                outcomes = series.outcomes
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
                if run_us >= 0:  # it ran, and when it began and ended is known
                    series.queue[min(queue_us.bit_length(), MOST_BITS)] += 1
                    series.run[min(run_us.bit_length(), MOST_BITS)] += 1
                    series.queue_us += queue_us
                    series.run_us += run_us

    def _at(self, name):
        """Return the series of ``name``, which may be any value where the task did not run."""
        if type(name) is not type("") or name not in self._names:
            name = UNKNOWN
        return self._series.setdefault(name, Series())

    def read(self):
        """Return {name: Series}, a copy."""
        with self._lock:
            return dict((name, series.copy()) for name, series in self._series.items())
