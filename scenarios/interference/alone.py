# Run by the interpreter under test (Python 2.7 upward).
"""A latency probe alone: how late an idle interpreter wakes up.

An iteration is one sleep of ``period_ms``. Its time beyond the period is the delay that any other work on this
interpreter would see. The scenarios named probe+... repeat the cell's task beside the probe; each wake-up returns the
task's latest answers, so that the harness checks them like any others.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

from scenarios.base import Scenario


class Probe(Scenario):
    def open(self):
        Scenario.open(self)
        self.period_s = self.parameters["period_ms"] / 1000.0
        self.latest = None

    def run(self, inputs):
        if self.latest is None:
            self.begin_beside(inputs)
        time.sleep(self.period_s)
        return self.latest

    def begin_beside(self, inputs):
        """Start the work beside the probe, and return when its first answers are in ``latest``."""
        self.latest = [self.task.attempt(argument) for argument in inputs]
