# Run by the interpreter under test (Python 2.7 upward).
"""One thread per task."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from scenarios.base import Scenario
from scenarios.tasks import failures


class ThreadPerTask(Scenario):
    def run(self, inputs):
        outcomes = [None] * len(inputs)
        started = []
        for index, argument in enumerate(inputs):
            thread = threading.Thread(target=self._attempt, args=(outcomes, index, argument))
            try:
                thread.start()
                started.append(thread)
            except Exception as error:  # the system refused another thread: this task failed, the others did not
                outcomes[index] = failures.of(error)
        for thread in started:
            thread.join()
        return outcomes

    def _attempt(self, outcomes, index, argument):
        outcomes[index] = self.task.attempt(argument)

    def submit(self, argument, done):
        threading.Thread(target=self._attempt_and_report, args=(argument, done)).start()

    def _attempt_and_report(self, argument, done):
        answer = self.task.attempt(argument)
        done(lambda: answer)
