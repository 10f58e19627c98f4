# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio: async/await on its own loop, with aiohttp's client. CPU work runs on the loop and blocks it (claim C6)."""

import asyncio

import aiohttp

from scenarios.base import OnALoop
from scenarios.tasks import base as task_base
from scenarios.tasks import failures


class Model(OnALoop):
    def open(self):
        OnALoop.open(self)
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.session = self.loop.run_until_complete(self._session())

    async def _session(self):
        # limit: aiohttp's default of 100 would measure the default and not the model.
        connector = aiohttp.TCPConnector(limit=self.parameters["concurrency"])
        return aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=60))

    def run(self, inputs):
        return self.loop.run_until_complete(self._all(inputs))

    async def _all(self, inputs):
        return await asyncio.gather(*[self._one(each) for each in inputs])

    async def _one(self, argument):
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


class WithPool(Model):
    """Waits on the loop; what there is to compute is handed to ``self.pool``, ``workers`` large."""

    async def _one(self, argument):
        try:
            if self.task.url:
                argument = await self._fetch(argument)
            return await self.loop.run_in_executor(self.pool, task_base.work, self.task, argument)
        except Exception as error:
            return failures.of(error)

    def close(self):
        self.pool.shutdown()
        Model.close(self)
