# Run by the interpreter under test (Python 2.7 upward).
"""The executor of a worker whose tasks wait for something: so many threads, while the main thread keeps the wire.

A thread cannot be killed: an overdue task gets its outcome, and its thread is missing until the task ends.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import threading

from compat import clock
from transports.executors import run_job
from transports.waker import Waker


class Pool(object):
    def __init__(self, concurrency, now_ns=clock.now_ns):
        self.concurrency = concurrency
        self._now_ns = now_ns
        self._jobs = collections.deque()
        self._available = threading.Semaphore(0)
        self._waker = Waker()
        self._running = {}  # {thread's number: Job}
        self._threads = []

    def begin(self, service):
        self._service = service
        service.wire.watch(self._waker.descriptor)
        for number in range(self.concurrency):
            thread = threading.Thread(target=self._serve, args=(number,))
            thread.daemon = True  # one that hangs in its task must not keep the worker from ending
            thread.start()
            self._threads.append(thread)

    def put(self, jobs):
        for job in jobs:
            self._jobs.append(job)
            self._available.release()

    def eager(self):
        return False

    def work(self):
        """The threads do it; this only takes note that one of them rang."""
        self._waker.heard()

    def _serve(self, number):
        functions, finish = self._service.functions, self._service.finish
        while True:
            self._available.acquire()
            job = self._jobs.popleft()
            if job is None:
                return
            if job.settled or job.cancelled:
                continue
            self._running[number] = job
            result, _ = run_job.perform(functions[job.name], job, self._now_ns)
            del self._running[number]
            finish(job, result)
            self._waker.wake()

    def abandon(self, job):
        """Nobody wants this one any more. It is skipped if it has not begun."""

    def overdue(self, now):
        for job in list(self._running.values()):
            if now >= job.deadline and not job.settled:
                self._service.finish(job, run_job.failed(job, "E_DEADLINE", "still running at its deadline"))

    def close(self):
        self.put([None] * len(self._threads))
        for thread in self._threads:
            thread.join(0.5 / len(self._threads))
        self._waker.close()
