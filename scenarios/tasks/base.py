# Run by the interpreter under test (Python 2.7 upward).
"""The interface of a task: it takes a number and must return the same number.

``payload`` takes and returns bytes, and a person's function takes its inputs. A task is an optional wait (``url``: a
request to the latency server), then work (``work``: compute). Blocking scenarios call ``attempt``. Event loops fetch
``url`` with their own client and then call ``work``, so the same task runs on both.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import importlib

from scenarios import catalog, compilers
from scenarios.tasks import failures


def make(name, settings):
    """Make the task called ``name``.

    ``settings`` holds ``rounds`` (the amount of work), ``server`` (the latency server's URL) and the task's own
    parameters, as the catalog lists them. Raise KeyError for an unknown name.
    """
    module, _, kind = catalog.by_name(catalog.TASKS)[name].factory.partition(".")
    return getattr(importlib.import_module("scenarios.tasks." + module), kind)(name, settings)


_received = {}  # {(name, settings): task} of the tasks that another process sent


def receive(name, settings):
    """Return a task sent by another process, prepared; it is made once per process or subinterpreter."""
    compilers.report()
    key = (name, tuple(sorted(settings.items())))
    if key not in _received:
        task = make(name, settings)
        task.prepare()
        _received[key] = task
    return _received[key]


def attempt(task, argument):
    """Return ``task.attempt(argument)``; unlike the method, this function can be pickled on Python 2."""
    return task.attempt(argument)


def work(task, argument):
    """Return ``task.work(argument)``; this function can be pickled on Python 2 as well."""
    return task.work(argument)


class Task(object):
    """Base class of the tasks; pickled as its name and settings, which are plain data."""

    url = None  # format string for the request of a number to the latency server; None: the task does not wait
    consumes_inputs = False  # True: a task changes its input, so each batch needs new ones
    numbered = True  # False: its inputs and answers are not the numbers by which an open loop tells tasks apart
    awaited = False  # True: ``work`` returns what a loop must await
    counts_failures = False  # True: a failed task is counted (reply: failures); False: it fails its cell

    def __init__(self, name, settings):
        self.name = name
        self.settings = settings

    def prepare(self):
        """Import what ``call`` needs, so that no import is timed; run in every process that calls the task."""

    def inputs(self, numbers):
        """Return the arguments of the task, one for each of ``numbers``."""
        return numbers

    def expected(self, numbers):
        """Return the right answers to ``inputs(numbers)``."""
        return numbers

    def comparable(self, answers):
        """Return ``answers`` in the form of ``expected``."""
        return answers

    def work(self, number):
        """Compute, and return the answer."""
        return number

    def call(self, number):
        """Wait and work; return the answer or raise."""
        return self.work(number)

    def attempt(self, number):
        """Return the answer, or a Failure in its place; raise nothing."""
        try:
            return self.call(number)
        except Exception as error:  # any error: the harness counts it or fails the cell
            return failures.of(error)

    def __reduce__(self):
        return receive, (self.name, self.settings)
