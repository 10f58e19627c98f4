# Run by the interpreter under test (Python 2.7 upward).
"""The tasks: each takes a number and must give the same number back (``payload``: bytes, and gives others back).

A task is an optional wait (``url``: ask the latency server) and then work (``work``: compute). Blocking scenarios use
``attempt``; event loops fetch ``url`` with a client of their own and then call ``work``, so the same task runs on both.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import importlib

from scenarios import catalog
from scenarios.tasks import failures


def make(name, settings):
    """The task called ``name``. ``settings``: ``rounds`` of work; ``server``, the latency server's URL; and the task's
    own parameters, as the catalog lists them."""
    module, _, kind = catalog.by_name(catalog.TASKS)[name].factory.partition(".")
    return getattr(importlib.import_module("scenarios.tasks." + module), kind)(name, settings)


_received = {}  # {(name, settings): task}, of the tasks that other processes sent here


def receive(name, settings):
    """The task that another process sends, ready to be called; made once in each process (or subinterpreter)."""
    key = (name, tuple(sorted(settings.items())))
    if key not in _received:
        task = make(name, settings)
        task.prepare()
        _received[key] = task
    return _received[key]


def attempt(task, argument):
    """``task.attempt(argument)``, as a function that can be sent to another process."""
    return task.attempt(argument)


def work(task, argument):
    """``task.work(argument)``, likewise."""
    return task.work(argument)


class Task(object):
    """What every task can do; made of its name and its settings, plain data, so that it can be sent elsewhere."""

    url = None  # a format string for the number, where the task waits for the latency server
    counts_failures = False  # does a failed task count (reply: failures), or does it fail its cell?

    def __init__(self, name, settings):
        self.name = name
        self.settings = settings

    def prepare(self):
        """Import what a blocking call needs, so that no import is timed; in every process that will call."""

    def inputs(self, numbers):
        """What to call the task with for each of ``numbers``."""
        return numbers

    def expected(self, numbers):
        """The known answers to ``inputs(numbers)``."""
        return numbers

    def work(self, number):
        return number

    def call(self, number):
        return self.work(number)

    def attempt(self, number):
        """The answer, or the Failure that took its place."""
        try:
            return self.call(number)
        except Exception as error:  # whatever went wrong is counted by the harness, or fails the cell
            return failures.of(error)

    def __reduce__(self):
        return receive, (self.name, self.settings)
