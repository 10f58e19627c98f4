# Run by the interpreter under test (Python 2.7 upward).
"""One task after another: what all other scenarios are compared with."""

from __future__ import absolute_import, division, print_function, unicode_literals

from scenarios.base import Scenario


class Model(Scenario):
    def run(self, inputs):
        attempt = self.task.attempt
        return [attempt(each) for each in inputs]
