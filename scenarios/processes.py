# Run by the interpreter under test (Python 2.7 upward).
"""One process per task; answers return through a queue."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios import who_answers
from scenarios.base import Scenario
from scenarios.tasks import failures


def _attempt(task, argument, index, answers):
    """Run one task in the child and send exactly one (index, outcome): the parent waits for it."""
    try:
        task.prepare()
        answers.put((index, task.attempt(argument)))
    except Exception as error:
        answers.put((index, failures.of(error)))


class ProcessPerTask(Scenario):
    def open(self):
        Scenario.open(self)
        self.context = processes.context(self.parameters["start_method"])

    def run(self, inputs):
        queue = self.context.SimpleQueue()
        children = [
            self.context.Process(target=_attempt, args=(self.task, argument, index, queue))
            for index, argument in enumerate(inputs)
        ]
        for child in children:
            child.start()
        answers = [None] * len(inputs)
        for _ in children:
            index, answer = queue.get()
            answers[index] = answer
        for child in children:
            child.join()
        return answers

    def others(self):
        return [who_answers.in_child(self.context)]
