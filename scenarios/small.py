# Run by MicroPython, and by tests under CPython.
"""The scenarios and tasks for harness/small: those of the catalog that do not need the whole standard library.

They are as in their own files, without what those import.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

from native import reference


class Failure(object):
    """What stands for the answer of a task that raised ``error``."""

    def __init__(self, error):
        self.text = describe(error)


def describe(error):
    """Describe ``error`` in one line of text, its type first."""
    return " ".join("{}: {}".format(type(error).__name__, error).split())


class Task(object):
    """Returns the number; called through as many functions as scenarios/tasks/base.py has."""

    def __init__(self, settings):
        self.settings = settings

    def work(self, number):
        return number

    def call(self, number):
        return self.work(number)

    def attempt(self, number):
        try:
            return self.call(number)
        except Exception as error:
            return Failure(error)


class Python(Task):
    """Computes in Python code."""

    def work(self, number):
        return reference.burn(number, self.settings["rounds"])


class Sleep(Task):
    """Sleeps for ``settings["task_ms"]``."""

    def work(self, number):
        time.sleep(self.settings["task_ms"] / 1000)
        return number


class Serial(object):
    """Runs one task after another."""

    def __init__(self, task, _parameters):
        self.task = task

    def open(self):
        pass

    def run(self, numbers):
        attempt = self.task.attempt
        return [attempt(number) for number in numbers]


class Asyncio(Serial):
    """Computes in coroutines on asyncio's loop, ``concurrency`` at once."""

    def __init__(self, task, parameters):
        self.task = task
        self.concurrency = parameters["concurrency"]

    def open(self):
        import asyncio

        from scenarios.event_loops import runners

        self.gather, self.all_of = asyncio.gather, runners.all_of
        self.loop = asyncio.new_event_loop()
        self.attempt = runners.computed(self.task.attempt)

    def run(self, numbers):
        return self.loop.run_until_complete(self.all_of(self.attempt, numbers, self.concurrency, self.gather))


TASKS = {"python": Python, "length": Python, "sleep": Sleep, "noop": Task}
SCENARIOS = {"serial": Serial, "asyncio": Asyncio}


def make(request):
    """Return the scenario of ``request`` with its task; raise ValueError where there is none here."""
    for what, known in (("task", TASKS), ("scenario", SCENARIOS)):
        if request[what] not in known:
            raise ValueError("harness/small has no {} {}".format(what, request[what]))
    task = TASKS[request["task"]](request["settings"])
    return SCENARIOS[request["scenario"]](task, request["parameters"])
