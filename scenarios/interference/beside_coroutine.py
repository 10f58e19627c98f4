# Run by the interpreter under test (needs async/await: 3.6 upward).
"""The probe and the repeated task as two coroutines of one loop: the probe waits until each task ends."""

import asyncio

from scenarios.interference import alone


class ProbeBesideCoroutine(alone.Probe):
    def open(self):
        alone.Probe.open(self)
        self.loop = asyncio.new_event_loop()
        self.beside = None

    def run(self, inputs):
        return self.loop.run_until_complete(self._run(inputs))

    async def _run(self, inputs):
        if self.latest is None:
            self.first = asyncio.Event()
            self.beside = asyncio.ensure_future(self._repeat(inputs))
            await self.first.wait()
        await asyncio.sleep(self.period_s)
        return self.latest

    async def _repeat(self, inputs):
        while True:
            answers = []
            for argument in inputs:
                answers.append(self.task.attempt(argument))
                await asyncio.sleep(0)  # yield to the loop between two tasks
            self.latest = answers
            self.first.set()

    def close(self):
        if self.beside:
            self.beside.cancel()
            self.loop.run_until_complete(asyncio.gather(self.beside, return_exceptions=True))
        self.loop.close()
