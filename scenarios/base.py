# Run by the interpreter under test (Python 2.7 upward).
"""The interface of a scenario, as the harness uses it."""

from __future__ import absolute_import, division, print_function, unicode_literals

import importlib
import time

from compat import limits
from scenarios import catalog

#: The child processes and subinterpreters of a pool need some milliseconds to end. What a person's function leaves in
#: them, as a thread, may never end.
END_S = 2.0


def make(name, task, parameters, worker=None):
    """Make the scenario called ``name``, ready for ``open()``.

    Import its module only, so that a library of another scenario cannot disturb it. Raise KeyError for an unknown name,
    and ImportError where the interpreter lacks what the module imports.
    """
    module, _, kind = catalog.by_name(catalog.SCENARIOS)[name].factory.rpartition(".")
    return getattr(importlib.import_module("scenarios." + module), kind)(task, parameters, worker)


class Scenario(object):
    """Base class of the scenarios: ``open`` once, ``run`` for every measured batch, ``close`` once.

    ``open`` holds what a deployment sets up once (a pool, a loop); ``run`` holds what it does for every batch.

    Two abilities are optional. ``submit(number, done)`` begins one task and returns at once; when the task has ended,
    any thread calls ``done(get)``, and ``get()`` returns the answer or raises (used by harness.open_loop).
    ``killable()`` returns the workers as processes that can be killed (used by harness.kill_workers).
    """

    #: Called by the open loop to pass the seconds until the next task. A client of one thread receives answers here.
    wait = staticmethod(time.sleep)

    def __init__(self, task, parameters, worker=None):
        self.task = task
        self.parameters = parameters
        self.worker = worker  # {"command", "variables"} of the workers' interpreter; None: this interpreter

    def open(self):
        """Set up what lives longer than one batch.

        Children that are not forked inherit nothing from a prepared task but its current folder, from which they would
        import modules that are named like the standard library's.
        """
        if self.parameters.get("start_method", "fork") == "fork":
            self.task.prepare()

    def run(self, inputs):
        """Return the answers to ``inputs`` in order, with a Failure in place of each that failed."""
        raise AssertionError("a scenario without run(): {}".format(type(self)))

    def close(self):
        """Release what ``open`` set up."""

    def worker_answers(self):
        """Return how many answers each worker gave, largest first; None for a scenario without workers."""
        return None

    def others(self):
        """Return (process id, compat.identity) of the other processes and interpreters that run tasks."""
        return []


class EventLoopScenario(Scenario):
    """Base class of the scenarios on an event loop.

    They wait with their library's own HTTP client and compute on the loop, which blocks it (claim C6).
    """

    def open(self):
        """Prepare the task's work alone: its blocking client is not used here."""
        if self.task.url:
            limits.raise_descriptors()
        else:
            self.task.prepare()
