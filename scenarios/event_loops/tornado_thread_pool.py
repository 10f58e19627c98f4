# Run by the interpreter under test (Python 2.7 upward).
"""Tornado's loop waits, a pool of threads computes: the loop stays free as far as the GIL lets it (claim C7)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from concurrent.futures import ThreadPoolExecutor

from scenarios.event_loops import tornado_coroutines


class TornadoThreadPool(tornado_coroutines.TornadoWithPool):
    def open(self):
        tornado_coroutines.TornadoWithPool.open(self)
        self.pool = ThreadPoolExecutor(max_workers=self.parameters["workers"])
