# Run by the interpreter under test (Python 2.7 upward).
"""The probe in one thread, the task over and over in another: who waits for the GIL, and how long?"""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from compat import limits
from scenarios.interference import alone


class Model(alone.Model):
    def open(self):
        alone.Model.open(self)
        if self.parameters["switch_ms"]:  # 0: as the interpreter has it
            limits.set_switch_interval(self.parameters["switch_ms"] / 1000.0)
        self.stop = False
        self.thread = None

    def begin(self, inputs):
        first = threading.Event()
        self.thread = threading.Thread(target=self._over_and_over, args=(inputs, first))
        self.thread.start()
        first.wait()

    def _over_and_over(self, inputs, first):
        while not self.stop:
            self.latest = [self.task.attempt(each) for each in inputs]
            first.set()

    def close(self):
        self.stop = True
        if self.thread:
            self.thread.join()
