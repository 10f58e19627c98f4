# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio's loop waits, a pool of processes computes (claim C7: on CPU work the best of the async designs)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios.event_loops import asyncio_aiohttp


class Model(asyncio_aiohttp.WithPool):
    def open(self):
        asyncio_aiohttp.WithPool.open(self)
        self.pool = processes.executor(self.parameters["workers"], self.parameters["start_method"])
