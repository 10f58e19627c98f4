# Run by the interpreter under test (Python 2.7 upward).
"""Tornado: its loop, generator coroutines, its HTTP client. CPU work runs on the loop and blocks it (claim C6)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from tornado import gen, httpclient, ioloop

from scenarios.base import OnALoop
from scenarios.tasks import base as task_base
from scenarios.tasks import failures


class Model(OnALoop):
    def open(self):
        OnALoop.open(self)
        self.loop = ioloop.IOLoop()
        self.loop.make_current()
        # max_clients: Tornado's default of 10 would measure the default and not the model.
        self.client = httpclient.AsyncHTTPClient(force_instance=True, max_clients=self.parameters["concurrency"])

    def run(self, inputs):
        return self.loop.run_sync(lambda: gen.multi([self._one(each) for each in inputs]))

    @gen.coroutine
    def _one(self, argument):
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


class WithPool(Model):
    """Waits on the loop; what there is to compute is handed to ``self.pool``, ``workers`` large."""

    @gen.coroutine
    def _one(self, argument):
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
        Model.close(self)
