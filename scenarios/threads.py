# Run by the interpreter under test (Python 2.7 upward).
"""One thread per task."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from scenarios.base import Scenario
from scenarios.tasks import failures


class Model(Scenario):
    def run(self, inputs):
        outcomes = [None] * len(inputs)
        started = []
        for at, each in enumerate(inputs):
            thread = threading.Thread(target=self._one, args=(outcomes, at, each))
            try:
                thread.start()
                started.append(thread)
            except Exception as error:  # the system has no room for another thread: this task failed, not all of them
                outcomes[at] = failures.of(error)
        for thread in started:
            thread.join()
        return outcomes

    def _one(self, outcomes, at, argument):
        outcomes[at] = self.task.attempt(argument)

    def submit(self, argument, done):
        threading.Thread(target=self._alone, args=(argument, done)).start()

    def _alone(self, argument, done):
        answer = self.task.attempt(argument)
        done(lambda: answer)
