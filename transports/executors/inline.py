# Run by the interpreter under test (Python 2.7 upward).
"""The executor of a worker that runs one task at a time, on the thread that holds the wire: nothing is handed over.

A keeper thread wakes now and then; when the main thread computes (and so holds no lock), it answers in its place:
beats go out, results leave, cancelled and overdue tasks get their outcome, a drain begins and ends. A thread cannot be
killed, so an overdue task runs on and its late result is dropped: work that must be killed belongs into child
processes.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import threading

from compat import clock
from transports import batching
from transports.executors import run_job

KEEPER_EVERY_S = 0.1


class Inline(object):
    concurrency = 1

    def __init__(self, now_ns=clock.now_ns):
        self._jobs = collections.deque()
        self._running = None
        self._costs = {}
        self._now_ns = now_ns
        self._stop = threading.Event()

    def begin(self, service):
        self._service = service
        self._keeper = threading.Thread(target=self._keep)
        self._keeper.daemon = True
        self._keeper.start()

    def put(self, jobs):
        self._jobs.extend(jobs)

    def eager(self):
        return bool(self._jobs)

    def work(self):
        """Run what is there, until a result would wait too long for the next task to end.

        It leaves then, before the next turn: with it the worker looks at its limits, the deadlines and the clock, and
        what is to follow comes while that works.
        """
        jobs, service, now_ns = self._jobs, self._service, self._now_ns
        functions, finish, costs = service.functions, service.finish, self._costs
        most_age_ns = service.wire.result_age_ns
        oldest = None
        while jobs:
            job = jobs[0]  # this thread alone takes jobs away
            if oldest is not None and not job.settled and not job.cancelled:
                age_ns = now_ns() - oldest
                if age_ns + costs.get(job.name, batching.UNKNOWN_US) * 1000 > most_age_ns:
                    return
            jobs.popleft()
            if job.settled or job.cancelled:
                continue
            self._running = job
            result, run_ns = run_job.perform(functions[job.name], job, now_ns)
            self._running = None
            finish(job, result)
            costs[job.name] = run_ns / 1000
            if oldest is None:
                oldest = now_ns()

    def _keep(self):
        service = self._service
        while not self._stop.wait(KEEPER_EVERY_S):
            if self._running is not None and service.lock.acquire(False):
                try:
                    service.take(0.0)
                    service.keep()
                    if service.leave is not None and service.is_over() and self._running is not None:
                        service.leave()
                finally:
                    service.lock.release()

    def running(self):
        """Return the jobs that run, in any thread."""
        job = self._running
        return [] if job is None else [job]

    def pids(self):
        """Return the process ids of child processes: there are none."""
        return []

    def abandon(self, job):
        """Skip a job that has not begun, since nobody wants its result."""

    def close(self):
        self._stop.set()
        self._keeper.join(1.0)
