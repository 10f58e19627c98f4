# Run by the interpreter under test (Python 2.7 upward).
"""A task that takes its time and no core: workers, their client and a broker then do not compete for few cores."""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

from scenarios.tasks.base import Task


class Sleep(Task):
    def work(self, number):
        time.sleep(self.settings["task_ms"] / 1000)
        return number
