# Run by the interpreter under test (Python 2.7 upward).
"""A fixed pool of processes, as a deployment uses it."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import processes
from scenarios import compilers, who_answers
from scenarios.base import END_S, Scenario

_task = None  # the task of this worker process, set once by _start


def _start(task):
    """Initialize a worker process of the pool."""
    global _task
    _task = task
    task.prepare()


def _attempt(argument):
    compilers.report()
    return _task.attempt(argument)


class ProcessPool(Scenario):
    def open(self):
        Scenario.open(self)
        context = processes.context(self.parameters["start_method"])
        self.pool = context.Pool(self.parameters["concurrency"], _start, (self.task,))

    def run(self, inputs):
        return self.pool.map(_attempt, inputs, chunksize=1)

    def submit(self, number, done):
        self.pool.apply_async(_attempt, (number,), callback=lambda answer: done(lambda: answer))

    def others(self):
        return who_answers.in_pool(self.pool, self.parameters["concurrency"])

    def close(self):
        processes.end_pool(self.pool, END_S)
