# Run by the interpreter under test (Python 2.7 upward).
"""Counts of the tasks that a worker ended, by name and outcome, with histograms of queue and run times.

The service adds a whole frame of results at a time; any other thread may read meanwhile. A bucket of a histogram ends
at a power of two of microseconds, so that a time finds its bucket by the number of its bits.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

#: Label of a task whose name is not in the worker's registry: any text may arrive, and each would be a series.
UNKNOWN = "(unknown)"
OK = "ok"
#: The exponents of the bounds: from 16 microseconds to 67 seconds; what is longer is beyond the last one.
EXPONENTS = range(4, 27)
MOST_BITS = 64  # of a time in microseconds


class Series(object):
    """What is counted of the tasks of one name.

    outcomes: of those that did not end well; queue, run: [tasks whose time has so many bits]; not_ok: of these, those
    with another outcome than OK. The sums are in microseconds.
    """

    __slots__ = ("not_ok", "outcomes", "queue", "queue_us", "run", "run_us")

    def __init__(self):
        self.outcomes = {}
        self.queue = [0] * (MOST_BITS + 1)
        self.run = [0] * (MOST_BITS + 1)
        self.queue_us = self.run_us = self.not_ok = 0

    def read(self):
        """Return a copy whose outcomes hold all of them."""
        other = Series()
        other.outcomes = dict(self.outcomes)
        other.queue, other.run = list(self.queue), list(self.run)
        other.queue_us, other.run_us, other.not_ok = self.queue_us, self.run_us, self.not_ok
        ended_well = sum(self.run) - self.not_ok
        if ended_well:
            other.outcomes[OK] = ended_well
        return other


class Meter(object):
    """``names``: the tasks of the worker's registry."""

    def __init__(self, names):
        self._names = frozenset(names)
        self._series = {}  # {name: Series}
        self._lock = threading.Lock()

    def add(self, ended):
        """Count the tasks of a frame: [(Job, its result)], see transports.executors.run_job.

        This is what a worker pays for each task: a task that ended well is counted by its times alone.
        """
        with self._lock:
            last = None
            series = Series()  # of ``last``
            queue_us = run_us = 0  # sums that are not in ``series`` yet
            for job, (_, outcome, queued, ran) in ended:
                name = job.name
                if ran < 0:  # it did not begin, or has not ended
                    outcomes = self._at(name).outcomes
                    outcomes[outcome] = outcomes.get(outcome, 0) + 1
                    continue
                if name != last:
                    series.queue_us += queue_us
                    series.run_us += run_us
                    last, series, queue_us, run_us = name, self._at(name), 0, 0
                    queue_bits, run_bits = series.queue, series.run
                queue_bits[queued.bit_length()] += 1
                run_bits[ran.bit_length()] += 1
                queue_us += queued
                run_us += ran
                if outcome != OK:
                    series.not_ok += 1
                    series.outcomes[outcome] = series.outcomes.get(outcome, 0) + 1
            series.queue_us += queue_us
            series.run_us += run_us

    def _at(self, name):
        """Return the series of ``name``, which may be any value where the task did not run."""
        if type(name) is not type("") or name not in self._names:
            name = UNKNOWN
        series = self._series.get(name)
        if series is None:
            series = self._series[name] = Series()
        return series

    def read(self):
        """Return {name: Series}, a copy."""
        with self._lock:
            return dict((name, series.read()) for name, series in self._series.items())
