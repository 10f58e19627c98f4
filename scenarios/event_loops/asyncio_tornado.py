# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio: async/await on its own loop, with Tornado's HTTP client. CPU work runs on the loop and blocks it (C6)."""

import asyncio
import threading

from tornado import httpclient

from scenarios.base import EventLoopScenario
from scenarios.tasks import failures


class AsyncioTornado(EventLoopScenario):
    def open(self):
        EventLoopScenario.open(self)
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.client = self.loop.run_until_complete(self._client())
        self.thread = None

    async def _client(self):
        # Tornado's default of 10 clients would be measured in place of the model.
        return httpclient.AsyncHTTPClient(force_instance=True, max_clients=self.parameters["concurrency"])

    def run(self, inputs):
        return self.loop.run_until_complete(self._all(inputs))

    async def _all(self, inputs):
        return await asyncio.gather(*[self._attempt(argument) for argument in inputs])

    async def _attempt(self, argument):
        try:
            if self.task.url:
                url = self.task.url.format(argument)
                response = await self.client.fetch(url, request_timeout=60, connect_timeout=60)
                argument = int(response.body)
            return self.task.work(argument)
        except Exception as error:
            return failures.of(error)

    def submit(self, number, done):
        if self.thread is None:  # the loop must run while another thread submits tasks
            self.thread = threading.Thread(target=self.loop.run_forever)
            self.thread.start()
        future = asyncio.run_coroutine_threadsafe(self._attempt(number), self.loop)
        future.add_done_callback(lambda ended: done(ended.result))

    def close(self):
        if self.thread is not None:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()
        self.client.close()
        self.loop.close()
