# Run by the interpreter under test (Python 2.7 upward).
"""The probe in one thread, the repeated task in another: how long the probe waits for the GIL."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from compat import limits
from scenarios.interference import alone


class ProbeBesideThread(alone.Probe):
    def open(self):
        alone.Probe.open(self)
        if self.parameters["switch_ms"]:  # 0: the interpreter's default
            limits.set_switch_interval(self.parameters["switch_ms"] / 1000.0)
        self.stop = False
        self.thread = None

    def begin_beside(self, inputs):
        first = threading.Event()
        self.thread = threading.Thread(target=self._repeat, args=(inputs, first))
        self.thread.start()
        first.wait()

    def _repeat(self, inputs, first):
        while not self.stop:
            self.latest = [self.task.attempt(argument) for argument in inputs]
            first.set()

    def close(self):
        self.stop = True
        if self.thread:
            self.thread.join()
