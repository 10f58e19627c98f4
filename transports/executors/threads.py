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


def start(serve):
    """Start a thread that hangs in its task without keeping the worker from ending."""
    thread = threading.Thread(target=serve)
    thread.daemon = True
    thread.start()
    return thread


class Crew(object):
    """Threads that call functions; each is started when all others are busy."""

    def __init__(self):
        self._calls = collections.deque()
        self._available = threading.Semaphore(0)
        self._threads = 0

    def call(self, function, running):
        """Call ``function()`` on a thread. running: how many calls have not ended, this one included."""
        self._calls.append(function)
        self._available.release()
        if running > self._threads:
            try:
                start(self._serve)
                self._threads += 1
            except RuntimeError:
                pass  # the system has no thread left: one of those that are there takes it, or the next call tries

    def _serve(self):
        while True:
            self._available.acquire()
            self._calls.popleft()()


class Pool(object):
    def __init__(self, concurrency, now_ns=clock.now_ns):
        self.concurrency = concurrency
        self._now_ns = now_ns
        self._jobs = collections.deque()
        self._available = threading.Semaphore(0)
        self._waker = Waker()
        self._threads = []
        self._running = [None] * concurrency  # each thread's Job

    def begin(self, service):
        self._service = service
        service.wire.watch(self._waker.descriptor)
        self._threads = [start(lambda index=index: self._serve(index)) for index in range(self.concurrency)]

    def put(self, jobs):
        for job in jobs:
            self._jobs.append(job)
            self._available.release()

    def eager(self):
        return False

    def work(self):
        """Clear the wake-up; the threads do the work."""
        self._waker.clear()

    def _serve(self, index):
        functions, finish = self._service.functions, self._service.finish
        while True:
            self._available.acquire()
            job = self._jobs.popleft()
            if job is None:
                return
            if job.settled or job.cancelled:
                continue
            self._running[index] = job
            result, _ = run_job.perform(functions[job.name], job, self._now_ns)
            self._running[index] = None
            finish(job, result)
            self._waker.wake()

    def running(self):
        """Return the jobs that run, in any thread."""
        return [job for job in list(self._running) if job is not None]

    def pids(self):
        """Return the process ids of child processes: there are none."""
        return []

    def abandon(self, job):
        """Skip a job that has not begun, since nobody wants its result."""

    def close(self):
        self.put([None] * len(self._threads))
        for thread in self._threads:
            thread.join(0.5 / len(self._threads))
        self._waker.close()
