# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio: a task that is a coroutine, awaited on its own loop, so many at once as the scenario's concurrency."""

import asyncio
import threading

from scenarios import catalog
from scenarios.base import Scenario
from scenarios.tasks import failures


class Asyncio(Scenario):
    def open(self):
        reason = catalog.REFUSED.get(("asyncio", self.task.name))
        if reason:
            raise ValueError(reason)
        Scenario.open(self)
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.thread = None
        self.room = self.loop.run_until_complete(self._room())

    async def _room(self):
        return asyncio.Semaphore(self.parameters["concurrency"])

    def run(self, inputs):
        return self.loop.run_until_complete(self._all(inputs))

    async def _all(self, inputs):
        return await asyncio.gather(*[self._attempt(argument) for argument in inputs])

    async def _attempt(self, argument):
        try:
            async with self.room:
                return await self.task.work(argument)
        except Exception as error:
            return failures.of(error)

    def submit(self, argument, done):
        if self.thread is None:  # the loop must run while another thread submits tasks
            self.thread = threading.Thread(target=self.loop.run_forever)
            self.thread.start()
        future = asyncio.run_coroutine_threadsafe(self._attempt(argument), self.loop)
        future.add_done_callback(lambda ended: done(ended.result))

    def close(self):
        if self.thread is not None:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()
        self.loop.close()
