# Run by the interpreter under test (Python 2.7 upward).
"""Parallel Python: a server of ``concurrency`` worker processes, to which a function travels as its source.

The package ``pp`` is the original, or on a Python that this no longer supports its fork ppft under the same name.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import os

import pp

from scenarios.base import Scenario


def attempt(name, settings, argument):
    """Run one task in a worker, which has the source of this function alone."""
    from scenarios.tasks import base

    return base.receive(name, settings).attempt(argument)


def who():
    """Return (process id, identity) of a worker."""
    from compat import this_interpreter

    return this_interpreter.who()


class ParallelPython(Scenario):
    def open(self):
        # The workers prepare the task at its first call; this process does not run it.
        before = os.environ.get("PYTHONPATH")
        self.server = pp.Server(0)
        # It has put the whole of sys.path there, of which an environment of 2.7 would take the wrong site module.
        os.environ["PYTHONPATH"] = str(os.pathsep.join([os.getcwd()] + ([before] if before else [])))
        self.server.set_ncpus(self.parameters["concurrency"])

    def _begin(self, argument, callback=None):
        return self.server.submit(attempt, (self.task.name, self.task.settings, argument), callback=callback)

    def run(self, inputs):
        return [job() for job in [self._begin(argument) for argument in inputs]]

    def submit(self, argument, done):
        self._begin(argument, lambda answer: done(lambda: answer))

    def others(self):
        return [job() for job in [self.server.submit(who) for _ in range(self.parameters["concurrency"])]]

    def close(self):
        self.server.destroy()
