# Run by the interpreter under test (needs async/await: 3.6 upward).
"""The probe and the task over and over, both coroutines of one loop: the probe waits for the end of every task."""

import asyncio

from scenarios.interference import alone


class Model(alone.Model):
    def open(self):
        alone.Model.open(self)
        self.loop = asyncio.new_event_loop()
        self.beside = None

    def run(self, inputs):
        return self.loop.run_until_complete(self._run(inputs))

    async def _run(self, inputs):
        if self.latest is None:
            self.first = asyncio.Event()
            self.beside = asyncio.ensure_future(self._over_and_over(inputs))
            await self.first.wait()
        await asyncio.sleep(self.period_s)
        return self.latest

    async def _over_and_over(self, inputs):
        while True:
            answers = []
            for each in inputs:
                answers.append(self.task.attempt(each))
                await asyncio.sleep(0)  # as a well-behaved coroutine does between two pieces of work
            self.latest = answers
            self.first.set()

    def close(self):
        if self.beside:
            self.beside.cancel()
            self.loop.run_until_complete(asyncio.gather(self.beside, return_exceptions=True))
        self.loop.close()
