# Run by the interpreter under test (Python 2.7 upward).
"""Tornado: its loop, generator coroutines, its HTTP client. CPU work runs on the loop and blocks it (claim C6)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from tornado import gen, httpclient, ioloop

from scenarios.base import EventLoopScenario
from scenarios.tasks import base as task_base
from scenarios.tasks import failures


class TornadoCoroutines(EventLoopScenario):
    def open(self):
        EventLoopScenario.open(self)
        self.loop = ioloop.IOLoop()
        self.loop.make_current()
        # Tornado's default of 10 clients would be measured in place of the model.
        self.client = httpclient.AsyncHTTPClient(force_instance=True, max_clients=self.parameters["concurrency"])

    def run(self, inputs):
        return self.loop.run_sync(lambda: gen.multi([self._attempt(argument) for argument in inputs]))

    @gen.coroutine
    def _attempt(self, argument):
        try:
            if self.task.url:
                response = yield self._fetch(argument)
                argument = int(response.body)
            answer = self.task.work(argument)
        except Exception as error:
            answer = failures.of(error)
        raise gen.Return(answer)

    def _fetch(self, number):
        return self.client.fetch(self.task.url.format(number), request_timeout=60, connect_timeout=60)

    def close(self):
        self.client.close()
        self.loop.close(all_fds=True)


class TornadoWithPool(TornadoCoroutines):
    """Base class: wait on the loop, compute in ``self.pool``, an executor of ``workers``."""

    @gen.coroutine
    def _attempt(self, argument):
        try:
            if self.task.url:
                response = yield self._fetch(argument)
                argument = int(response.body)
            answer = yield self.loop.run_in_executor(self.pool, task_base.work, self.task, argument)
        except Exception as error:
            answer = failures.of(error)
        raise gen.Return(answer)

    def close(self):
        self.pool.shutdown()
        TornadoCoroutines.close(self)
