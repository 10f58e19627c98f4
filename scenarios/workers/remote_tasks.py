# Run by the interpreter under test (Python 2.7 upward), in the worker processes of the distributed scenario.
"""The catalog's tasks as a worker offers them; the input and the settings travel, so that a worker keeps no state."""

from __future__ import absolute_import, division, print_function, unicode_literals

import functools
import os

from scenarios import catalog
from scenarios.tasks import base as task_base
from scenarios.workers import killable

#: Environment variable of a worker: its number, which its children inherit.
NUMBER = str("RUNOFF_WORKER_NUMBER")


def _call(name, argument, settings):
    return task_base.receive(name, settings).call(argument)


def _who():
    """Return the number of the worker that runs this task."""
    return os.environ[NUMBER]


TASKS = dict((row.name, functools.partial(_call, row.name)) for row in catalog.TASKS)
TASKS.update(
    (killable.PREFIX + row.name, functools.partial(killable.record_and_call, row.name)) for row in catalog.TASKS
)
TASKS["who"] = _who
