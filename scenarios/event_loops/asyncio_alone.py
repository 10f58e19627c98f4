# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio alone, with so many tasks at once as the scenario's concurrency.

A task that is a coroutine is awaited; another one computes on the loop, which that blocks.
"""

import asyncio
import threading

from scenarios import catalog
from scenarios.base import Scenario
from scenarios.event_loops import runners
from scenarios.tasks import failures


class Asyncio(Scenario):
    def open(self):
        reason = catalog.REFUSED.get(("asyncio", self.task.name))
        if reason:
            raise ValueError(reason)
        Scenario.open(self)
        self._attempt = self._awaited if self.task.awaited else runners.computed(self.task.attempt)
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.thread = None
        self.room = self.loop.run_until_complete(self._room())

    async def _room(self):
        return asyncio.Semaphore(self.parameters["concurrency"])

    def run(self, inputs):
        work = runners.all_of(self._attempt, inputs, self.parameters["concurrency"], asyncio.gather)
        return self.loop.run_until_complete(work)

    async def _awaited(self, argument):
        try:
            return await self.task.work(argument)
        except Exception as error:
            return failures.of(error)

    async def _in_room(self, argument):
        async with self.room:
            return await self._attempt(argument)

    def submit(self, argument, done):
        if self.thread is None:  # the loop must run while another thread submits tasks
            self.thread = threading.Thread(target=self.loop.run_forever)
            self.thread.start()
        future = asyncio.run_coroutine_threadsafe(self._in_room(argument), self.loop)
        future.add_done_callback(lambda ended: done(ended.result))

    def close(self):
        if self.thread is not None:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join()
        self.loop.close()
