# Run by the interpreter under test (Python 2.7 upward), in the worker processes of the distributed scenario.
"""The catalog's tasks as a worker offers them; the input and the settings travel, so that a worker keeps no state."""

from __future__ import absolute_import, division, print_function, unicode_literals

import functools
import os
import threading

from compat import this_interpreter
from scenarios import catalog, compilers
from scenarios.tasks import base as task_base
from scenarios.workers import killable

#: Environment variable of a worker: its number, which its children inherit.
NUMBER = str("RUNOFF_WORKER_NUMBER")
#: Environment variable of a worker for a person's own function: the file that describes it. Such a worker offers
#: nothing else.
WORKLOAD = str("RUNOFF_WORKLOAD")


def _call(name, argument, settings):
    return task_base.receive(name, settings).call(argument)


def _who():
    """Return the number of the worker that runs this task."""
    return os.environ[NUMBER]


def _identity():
    """Return [process id, identity] of the process that runs this task: a child, where the worker has some."""
    return list(this_interpreter.who())


def _samples():
    """Return the catalog's own tasks; each is offered twice (killable)."""
    names = [row.name for row in catalog.TASKS if row.name != catalog.OWN_FUNCTION]
    tasks = dict((name, functools.partial(_call, name)) for name in names)
    tasks.update((killable.PREFIX + name, functools.partial(killable.record_and_call, name)) for name in names)
    return tasks


def _own_function(path):
    """Return the one function that the file ``path`` names, set up at its first call: no path arrives over the wire."""
    task = task_base.make(catalog.OWN_FUNCTION, {"workload": path})
    lock = threading.Lock()
    ready = []

    def prepared():
        compilers.tell()
        with lock:
            if not ready:
                task.prepare()
                ready.append(task)
        return task

    if task.workload["awaited"]:
        from scenarios.workers import awaited_task

        return {catalog.OWN_FUNCTION: awaited_task.of(prepared)}
    return {catalog.OWN_FUNCTION: lambda value, _settings: prepared().call(value)}


TASKS = _own_function(os.environ[WORKLOAD]) if WORKLOAD in os.environ else _samples()
TASKS["who"] = _who
TASKS["identity"] = _identity
