# Run by the interpreter under test (Python 2.7 upward).
"""Counts of the tasks that a worker ended, by name and outcome, with histograms of queue and run times.

The service adds a whole frame of results at a time; any other thread may read meanwhile. A bucket of a histogram ends
at a power of two of microseconds. The times of a frame are sorted, and one search finds where each bucket ends: a task
costs a place in a few lists, which are made, summed and sorted in C.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import bisect
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

    def time(self, queued, ran):
        """Add tasks that ran: the microseconds that each waited, and that each ran; both lists are sorted here."""
        self.queue_us += sum(queued)
        self.run_us += sum(ran)
        queued.sort()
        ran.sort()
        _fill(self.queue, queued)
        _fill(self.run, ran)

    def end(self, outcome):
        """Count a task that did not end well."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1

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


def _fill(bits, times):
    """Add ``times``, sorted, to ``bits``: [how many have so many bits]."""
    at = 0
    while at < len(times):
        length = times[at].bit_length()
        beyond = bisect.bisect_left(times, 1 << length, at)
        bits[length] += beyond - at
        at = beyond


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
        name = ended[0][0].name
        waits, runs = [], []
        wait, run = waits.append, runs.append
        with self._lock:
            for job, (_, outcome, queued, ran) in ended:
                if outcome != OK or job.name != name:
                    self._add_mixed(ended)
                    return
                wait(queued)
                run(ran)
            self._at(name).time(waits, runs)

    def _add_mixed(self, ended):
        """Count tasks of several names or outcomes."""
        timed = {}
        for job, (_, outcome, queued, ran) in ended:
            if ran < 0:  # it did not begin, or has not ended
                self._at(job.name).end(outcome)
                continue
            waits, runs = timed.setdefault(job.name, ([], []))
            waits.append(queued)
            runs.append(ran)
            if outcome != OK:
                series = self._at(job.name)
                series.not_ok += 1
                series.end(outcome)
        for name, (waits, runs) in timed.items():
            self._at(name).time(waits, runs)

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
