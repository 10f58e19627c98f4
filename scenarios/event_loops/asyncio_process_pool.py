# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio's loop waits, a pool of processes computes (claim C7: the best async design for CPU work)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios import who_answers
from scenarios.event_loops import asyncio_aiohttp


class AsyncioProcessPool(asyncio_aiohttp.AsyncioWithPool):
    def open(self):
        asyncio_aiohttp.AsyncioWithPool.open(self)
        self.pool = processes.executor(self.parameters["workers"], self.parameters["start_method"])

    def others(self):
        return who_answers.in_executor(self.pool)
