# Run by the interpreter under test (Python 2.7 upward).
"""Tornado's loop waits, a pool of processes computes (claim C7: the best async design for CPU work)."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios import who_answers
from scenarios.event_loops import tornado_coroutines


class TornadoProcessPool(tornado_coroutines.TornadoWithPool):
    def open(self):
        tornado_coroutines.TornadoWithPool.open(self)
        self.pool = processes.executor(self.parameters["workers"], self.parameters["start_method"])

    def others(self):
        return who_answers.in_executor(self.pool)
