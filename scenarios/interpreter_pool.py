# Run by the interpreter under test (needs subinterpreters: 3.14 upward).
"""A fixed pool of threads, each with an interpreter, and so a GIL, of its own in the same process."""

import sys
from concurrent.futures import InterpreterPoolExecutor

from scenarios.base import Scenario
from scenarios.tasks import base as task_base

#: What each interpreter begins with: it does not inherit where modules are found.
BEGIN = "import sys; sys.path[:] = {!r}; from scenarios.tasks import base; base.receive({!r}, {!r})"


class Model(Scenario):
    def open(self):
        # Not Scenario.open: the task is called, and so prepared, in the subinterpreters.
        begin = BEGIN.format(sys.path, self.task.name, self.task.settings)
        self.pool = InterpreterPoolExecutor(self.parameters["concurrency"], initializer=exec, initargs=(begin,))

    def run(self, inputs):
        return list(self.pool.map(task_base.attempt, [self.task] * len(inputs), inputs))

    def close(self):
        self.pool.shutdown()
