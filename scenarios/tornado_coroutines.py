# Run by the interpreter under test (Python 2.7 upward).
"""Tornado: its loop, generator coroutines, its HTTP client. CPU work runs on the loop and blocks it (claim C6)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from tornado import gen, httpclient, ioloop

from scenarios.base import Scenario


class Model(Scenario):
    def open(self):
        # The task's blocking client is not prepared: only its work is called here.
        if not self.task.url:
            self.task.prepare()
        self.loop = ioloop.IOLoop()
        self.loop.make_current()
        # max_clients: Tornado's default of 10 would measure the default and not the model.
        self.client = httpclient.AsyncHTTPClient(force_instance=True, max_clients=self.parameters["concurrency"])

    def run(self, numbers):
        return self.loop.run_sync(lambda: gen.multi([self._one(number) for number in numbers]))

    @gen.coroutine
    def _one(self, number):
        if self.task.url:
            response = yield self.client.fetch(self.task.url.format(number), request_timeout=60, connect_timeout=60)
            number = int(response.body)
        raise gen.Return(self.task.work(number))

    def close(self):
        self.client.close()
        self.loop.close(all_fds=True)
