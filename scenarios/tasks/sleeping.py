# Run by the interpreter under test (Python 2.7 upward).
"""A task that takes time but no core, so that workers, client and broker do not compete for cores."""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

from scenarios.tasks.base import Task


class Sleep(Task):
    """Sleeps for ``settings["task_ms"]``."""

    def work(self, number):
        time.sleep(self.settings["task_ms"] / 1000)
        return number
