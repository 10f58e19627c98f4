# Run by the interpreter under test (needs subinterpreters: 3.14 upward).
"""A fixed pool of threads, each with its own subinterpreter, and so its own GIL, in one process."""

import sys
import threading
from concurrent.futures import InterpreterPoolExecutor

from compat import this_interpreter
from scenarios.base import END_S, Scenario
from scenarios.tasks import base as task_base

#: The first code in each subinterpreter, which does not inherit sys.path. What it is asked later it imports before the
#: task: a person's function may have modules of the same names beside it.
BEGIN = """
import sys
sys.path[:] = {!r}
from compat import this_interpreter
from scenarios.tasks import base
base.receive({!r}, {!r})
"""


class InterpreterPool(Scenario):
    def open(self):
        # Not Scenario.open: the subinterpreters call the task, so they prepare it.
        begin = BEGIN.format(sys.path, self.task.name, self.task.settings)
        self.pool = InterpreterPoolExecutor(self.parameters["concurrency"], initializer=exec, initargs=(begin,))

    def run(self, inputs):
        return list(self.pool.map(task_base.attempt, [self.task] * len(inputs), inputs))

    def others(self):
        return [self.pool.submit(this_interpreter.who).result()]

    def close(self):
        ending = threading.Thread(target=self.pool.shutdown, daemon=True)
        ending.start()
        ending.join(END_S)
