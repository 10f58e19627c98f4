# Run by the interpreter under test (Python 2.7 upward).
"""One process per task, answers through a queue."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios.base import Scenario
from scenarios.tasks import failures


def _one(task, argument, at, answers):
    try:
        task.prepare()
        answers.put((at, task.attempt(argument)))
    except Exception as error:  # sent to the parent, which waits for one outcome per child
        answers.put((at, failures.of(error)))


class Model(Scenario):
    def open(self):
        Scenario.open(self)
        self.context = processes.context(self.parameters["start_method"])

    def run(self, inputs):
        queue = self.context.SimpleQueue()
        children = [
            self.context.Process(target=_one, args=(self.task, each, at, queue)) for at, each in enumerate(inputs)
        ]
        for child in children:
            child.start()
        answers = [None] * len(inputs)
        for _ in children:
            at, answer = queue.get()
            answers[at] = answer
        for child in children:
            child.join()
        return answers
