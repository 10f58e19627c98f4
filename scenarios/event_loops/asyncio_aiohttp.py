# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio: async/await on its own loop, with aiohttp's client. CPU work runs on the loop and blocks it (claim C6)."""

import asyncio

import aiohttp

from scenarios.base import EventLoopScenario
from scenarios.tasks import base as task_base
from scenarios.tasks import failures


class AsyncioAiohttp(EventLoopScenario):
    def open(self):
        EventLoopScenario.open(self)
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.session = self.loop.run_until_complete(self._session())

    async def _session(self):
        # aiohttp's default limit of 100 connections would be measured in place of the model.
        connector = aiohttp.TCPConnector(limit=self.parameters["concurrency"])
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60))

    def run(self, inputs):
        return self.loop.run_until_complete(self._all(inputs))

    async def _all(self, inputs):
        return await asyncio.gather(*[self._attempt(argument) for argument in inputs])

    async def _attempt(self, argument):
        try:
            if self.task.url:
                argument = await self._fetch(argument)
            return self.task.work(argument)
        except Exception as error:
            return failures.of(error)

    async def _fetch(self, number):
        async with self.session.get(self.task.url.format(number)) as response:
            response.raise_for_status()
            return int(await response.read())

    def close(self):
        self.loop.run_until_complete(self.session.close())
        self.loop.close()


class AsyncioWithPool(AsyncioAiohttp):
    """Base class: wait on the loop, compute in ``self.pool``, an executor of ``workers``."""

    async def _attempt(self, argument):
        try:
            if self.task.url:
                argument = await self._fetch(argument)
            return await self.loop.run_in_executor(self.pool, task_base.work, self.task, argument)
        except Exception as error:
            return failures.of(error)

    def close(self):
        self.pool.shutdown()
        AsyncioAiohttp.close(self)
