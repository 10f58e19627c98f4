# Run by the interpreter under test (needs async/await: 3.6 upward).
"""asyncio's loop waits, a pool of threads computes: the loop stays free as far as the GIL lets it (claim C7)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from concurrent.futures import ThreadPoolExecutor

from scenarios.event_loops import asyncio_aiohttp


class AsyncioThreadPool(asyncio_aiohttp.AsyncioWithPool):
    def open(self):
        asyncio_aiohttp.AsyncioWithPool.open(self)
        self.pool = ThreadPoolExecutor(max_workers=self.parameters["workers"])
