# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio: async/await on its own loop, with Tornado's HTTP client. CPU work runs on the loop and blocks it (C6)."""

import asyncio
import threading

from tornado import httpclient

from scenarios.base import Scenario


class Model(Scenario):
    def open(self):
        # The task's blocking client is not prepared: only its work is called here.
        if not self.task.url:
            self.task.prepare()
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.client = self.loop.run_until_complete(self._client())
        self.thread = None

    async def _client(self):
        # max_clients: Tornado's default of 10 would measure the default and not the model.
        return httpclient.AsyncHTTPClient(force_instance=True, max_clients=self.parameters["concurrency"])

    def run(self, numbers):
        return self.loop.run_until_complete(self._all(numbers))

    async def _all(self, numbers):
        return await asyncio.gather(*[self._one(number) for number in numbers])

    async def _one(self, number):
        if self.task.url:
            url = self.task.url.format(number)
            response = await self.client.fetch(url, request_timeout=60, connect_timeout=60)
            number = int(response.body)
        return self.task.work(number)

    def submit(self, number, done):
        if self.thread is None:  # the loop must run while tasks come in from outside
            self.thread = threading.Thread(target=self.loop.run_forever)
            self.thread.start()
        future = asyncio.run_coroutine_threadsafe(self._one(number), self.loop)
        future.add_done_callback(lambda ended: done(ended.result))

    def close(self):
        if self.thread is not None:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()
        self.client.close()
        self.loop.close()
