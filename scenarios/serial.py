# Run by the interpreter under test (Python 2.7 upward).
"""One task after another: the baseline of all other scenarios."""

from __future__ import absolute_import, division, print_function, unicode_literals

from scenarios.base import Scenario


class Serial(Scenario):
    def run(self, inputs):
        attempt = self.task.attempt
        return [attempt(argument) for argument in inputs]
