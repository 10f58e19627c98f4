# Run by the interpreter under test (Python 2.7 upward).
"""One thread per task."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from scenarios.base import Scenario


class Model(Scenario):
    def run(self, numbers):
        outcomes = [None] * len(numbers)
        threads = [threading.Thread(target=self._one, args=(outcomes, at, n)) for at, n in enumerate(numbers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [_answer(outcome) for outcome in outcomes]

    def submit(self, number, done):
        threading.Thread(target=self._alone, args=(number, done)).start()

    def _alone(self, number, done):
        outcome = [None]
        self._one(outcome, 0, number)
        done(lambda: _answer(outcome[0]))

    def _one(self, outcomes, at, number):
        try:
            outcomes[at] = self.task.call(number)
        except Exception as error:  # raised again in run(): an exception in a thread is otherwise only printed
            outcomes[at] = error


def _answer(outcome):
    if isinstance(outcome, Exception):
        raise outcome
    return outcome
