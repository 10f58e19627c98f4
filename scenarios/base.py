# Run by the interpreter under test (Python 2.7 upward).
"""What the harness asks of a scenario."""

from __future__ import absolute_import, division, print_function, unicode_literals

import importlib
import time

from compat import limits
from scenarios import catalog


def make(name, task, parameters, worker=None):
    """The scenario called ``name``, ready to be opened; imports what it needs and nothing of the others."""
    row = catalog.by_name(catalog.SCENARIOS)[name]
    return importlib.import_module("scenarios." + row.module).Model(task, parameters, worker)


class Scenario(object):
    """``open`` once, ``run`` as often as is measured, ``close`` once.

    What a deployment sets up once (a pool, a loop) belongs into ``open``; what it does for every batch into ``run``.
    """

    #: What a driver at a given rate does until the next task is due; for a client of one thread: look for answers.
    wait = staticmethod(time.sleep)

    def __init__(self, task, parameters, worker=None):
        self.task = task
        self.parameters = parameters
        self.worker = worker  # {"command", "variables"} of the interpreter that workers run under; None: this one

    def open(self):
        self.task.prepare()

    def run(self, inputs):
        """The answers to ``inputs``, in their order; a Failure in the place of each that failed."""
        raise AssertionError("a scenario without run(): {}".format(type(self)))

    def close(self):
        pass

    def worker_answers(self):
        """How many answers each worker behind a transport has given, busiest first; None where there are none."""
        return None

    # A scenario whose workers can be killed has ``killable()`` as well (scenarios.workers.killable,
    # harness.kill_workers).
    # A scenario that can be driven at a given rate also has ``submit(number, done)``: begin one task, return at once,
    # and call ``done(get)`` from any thread when it has ended; ``get()`` gives its answer or raises
    # (harness.open_loop).


class OnALoop(Scenario):
    """A scenario that waits with its library's own client and computes on its event loop, which that blocks (C6)."""

    def open(self):
        # The task's blocking client is not prepared: only its work is called here.
        if self.task.url:
            limits.raise_descriptors()
        else:
            self.task.prepare()
