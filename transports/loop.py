# Run by the interpreter under test (Python 3.6 upward: asyncio).
"""The executor of a worker whose tasks are coroutines: an asyncio loop on a thread of its own."""

from __future__ import absolute_import, division, print_function, unicode_literals

import asyncio
import threading

from compat import clock
from transports import performing
from transports.waker import Waker


class Loop(object):
    def __init__(self, concurrency, now_ns=clock.now_ns):
        self.concurrency = concurrency
        self._now_ns = now_ns
        self._waker = Waker()
        self._running = {}  # {Job: asyncio's Task}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve)
        self._thread.daemon = True

    def begin(self, service):
        self._service = service
        service.wire.watch(self._waker.descriptor)
        self._thread.start()

    def _serve(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def put(self, jobs):
        self._loop.call_soon_threadsafe(self._start, jobs)

    def eager(self):
        return False

    def work(self):
        """The loop does it; this only takes note that it rang."""
        self._waker.heard()

    def _start(self, jobs):
        for job in jobs:
            if job.settled or job.cancelled:
                continue
            function = self._service.functions[job.name]
            if not asyncio.iscoroutinefunction(function):
                self._done(job, performing.perform(function, job, self._now_ns)[0])
                continue
            begun = self._now_ns()
            try:
                coroutine = function(*job.args, **job.kwargs)
            except TypeError as error:
                self._done(job, performing.failed(job, "E_BAD_ARGS", "{}".format(error), kind="TypeError"))
                continue
            task = self._running[job] = self._loop.create_task(coroutine)
            task.add_done_callback(lambda task, job=job, begun=begun: self._ended(job, begun, task))

    def _ended(self, job, begun, task):
        del self._running[job]
        if task.cancelled():
            return  # by abandon or overdue, which gave it its outcome
        self._done(job, performing.perform(task.result, performing.bare(job), self._now_ns, begun)[0])

    def _done(self, job, result):
        self._service.finish(job, result)
        self._waker.wake()

    def abandon(self, job):
        self._loop.call_soon_threadsafe(self._cancel, job)

    def _cancel(self, job):
        if job in self._running:
            self._running[job].cancel()

    def overdue(self, now):
        for job in list(self._running):
            if now >= job.deadline and not job.settled:
                self._service.finish(job, performing.failed(job, "E_DEADLINE", "still running at its deadline"))
                self.abandon(job)

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(0.5)
        self._waker.close()
