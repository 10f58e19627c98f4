# Run by the interpreter under test (Python 2.7 upward).
"""One process per task, answers through a queue."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes, text
from scenarios.base import Scenario


def _one(task, number, at, answers):
    try:
        task.prepare()
        answers.put((at, task.call(number), None))
    except Exception as error:  # sent to the parent, which waits for one outcome per child
        answers.put((at, None, text.describe(error)))


class Model(Scenario):
    def open(self):
        Scenario.open(self)
        self.context = processes.context(self.parameters["start_method"])

    def run(self, numbers):
        queue = self.context.SimpleQueue()
        children = [self.context.Process(target=_one, args=(self.task, n, at, queue)) for at, n in enumerate(numbers)]
        for child in children:
            child.start()
        answers = [None] * len(numbers)
        failures = []
        for _ in children:
            at, answers[at], failure = queue.get()
            failures.extend([failure] if failure else [])
        for child in children:
            child.join()
        if failures:
            raise RuntimeError("{} of {} children failed; first: {}".format(len(failures), len(numbers), failures[0]))
        return answers
