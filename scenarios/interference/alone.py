# Run by the interpreter under test (Python 2.7 upward).
"""A latency probe with nothing beside it: how late this interpreter wakes up when it has nothing else to do.

An iteration is one wake-up after ``period_ms``; what it takes beyond that is the lateness that everything else on this
interpreter would see. The scenarios named probe+... do the cell's task over and over beside it, and every wake-up gives
the last answers of that, so that they are checked like any others.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

from scenarios.base import Scenario


class Model(Scenario):
    def open(self):
        Scenario.open(self)
        self.period_s = self.parameters["period_ms"] / 1000.0
        self.latest = None

    def run(self, inputs):
        if self.latest is None:
            self.begin(inputs)
        time.sleep(self.period_s)
        return self.latest

    def begin(self, inputs):
        """Start what runs beside the probe; return when it has given its first answers."""
        self.latest = [self.task.attempt(each) for each in inputs]
