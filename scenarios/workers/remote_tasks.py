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
    """Return a table of the one function that the file ``path`` names, and what sets it up once.

    No path arrives over the wire. It is set up at its first call at the latest; a worker whose tasks run on other
    threads than the main one does it before, since a module may set a signal's handler when it is imported.
    """
    task = task_base.make(catalog.OWN_FUNCTION, {"workload": path})
    lock = threading.Lock()
    ended = []  # with an error, or None

    def prepare():
        with lock:
            if ended:
                return
            try:
                task.prepare()
                ended.append(None)
            except (Exception, SystemExit) as error:
                ended.append(error)

    def prepared():
        compilers.report()
        prepare()
        if ended[0] is not None:
            raise ended[0]
        return task

    if task.workload["awaited"]:
        from scenarios.workers import awaited_task

        return {catalog.OWN_FUNCTION: awaited_task.of(prepared)}, prepare
    return {catalog.OWN_FUNCTION: lambda value, _settings: prepared().call(value)}, prepare


if WORKLOAD in os.environ:
    TASKS, PREPARE = _own_function(os.environ[WORKLOAD])
else:
    TASKS = _samples()
TASKS["who"] = _who
TASKS["identity"] = _identity
