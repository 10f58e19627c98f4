# Run by the interpreter under test (Python 3.6 upward: asyncio).
"""The executor of a worker whose tasks are coroutines: an asyncio loop on a thread of its own.

A task that is a plain function runs on another thread, or the coroutines would wait for it. It cannot be cancelled.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import asyncio
import collections
import inspect
import os
import threading

from compat import clock
from transports import tracing
from transports.executors import run_job, threads
from transports.waker import Waker


def as_blocking(function):
    """Return what calls ``function``, a coroutine function, and waits for it on a loop of its own."""

    def run(*args, **kwargs):
        loop = asyncio.new_event_loop()
        try:
            return loop.run_until_complete(function(*args, **kwargs))
        finally:
            loop.close()

    return run


class Loop(object):
    def __init__(self, concurrency, now_ns=clock.now_ns):
        self.concurrency = concurrency
        self._now_ns = now_ns
        self._waker = Waker()
        self._jobs = collections.deque()  # that have not begun
        self._running = {}  # {Job: asyncio's Task, or None of a plain function}
        self._plain = 0  # plain functions that run
        self._crew = threads.Crew()
        self._loop = asyncio.new_event_loop()
        self._closed = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.daemon = True

    def begin(self, service):
        self._service = service
        self._pid = os.getpid()
        service.wire.watch(self._waker.descriptor)
        self._thread.start()

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        while not self._closed:
            try:
                self._loop.run_forever()
            except (SystemExit, KeyboardInterrupt):
                pass  # asyncio ends its loop for what a task raised, as for its stop(): that is to end no other task

    def put(self, jobs):
        self._loop.call_soon_threadsafe(self._take, jobs)

    def eager(self):
        return False

    def work(self):
        """Clear the wake-up; the loop does the work."""
        self._waker.clear()

    def _take(self, jobs):
        self._jobs.extend(jobs)
        self._start()

    def _start(self):
        """Begin waiting jobs while fewer than ``concurrency`` run."""
        while self._jobs and len(self._running) < self.concurrency:
            job = self._jobs.popleft()
            if job.settled or job.cancelled:
                continue
            function = self._service.functions[job.name]
            if not inspect.iscoroutinefunction(function):
                self._begin_plain(function, job)
                continue
            begun = self._now_ns()
            if begun >= job.deadline:
                self._done(job, run_job.failed(job, "E_DEADLINE", "its time was over before it could start"))
                continue
            try:
                coroutine = function(*job.args, **job.kwargs)
            except TypeError as error:
                self._done(job, run_job.failed(job, "E_BAD_ARGS", "{}".format(error), kind="TypeError"))
                continue
            run = tracing.run(job)
            task = self._running[job] = self._task(coroutine, run)
            task.add_done_callback(lambda task, job=job, begun=begun, run=run: self._ended(job, begun, task, run))

    def _task(self, coroutine, run):
        """Return asyncio's Task of ``coroutine``, which keeps the context that it was made in: the span's, if any."""
        if run is None:
            return self._loop.create_task(coroutine)
        with run:
            return self._loop.create_task(coroutine)

    def _begin_plain(self, function, job):
        def call():
            result = run_job.perform(function, job, self._now_ns)[0]
            self._loop.call_soon_threadsafe(self._plain_ended, job, result)

        self._running[job] = None
        self._plain += 1
        self._crew.call(call, self._plain)

    def _plain_ended(self, job, result):
        del self._running[job]
        self._plain -= 1
        self._start()
        self._done(job, result)

    def _ended(self, job, begun, task, run):
        """Report the outcome of a job; a second outcome, as of an abandoned one that is cancelled, does not count."""
        run_job.end_forked(self._pid)
        del self._running[job]
        self._start()
        result, _ = run_job.perform(task.result, run_job.without_arguments(job), self._now_ns, begun)
        if run is not None:
            run.end(result[1])
        self._done(job, result)

    def _done(self, job, result):
        self._service.finish(job, result)
        self._waker.wake()

    def running(self):
        """Return the jobs that run, in any thread."""
        return list(self._running)

    def pids(self):
        """Return the process ids of child processes: there are none."""
        return []

    def abandon(self, job):
        self._loop.call_soon_threadsafe(self._cancel, job)

    def _cancel(self, job):
        task = self._running.get(job)
        if task is not None:
            task.cancel()

    def close(self):
        self._closed = True
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(0.5)
        self._waker.close()
