# Run by the interpreter under test (Python 2.7 upward).
"""Tornado's loop waits, a pool of processes computes (claim C7: on CPU work the best of the async designs)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios.event_loops import tornado_coroutines


class Model(tornado_coroutines.WithPool):
    def open(self):
        tornado_coroutines.WithPool.open(self)
        self.pool = processes.executor(self.parameters["workers"], self.parameters["start_method"])
