# Run by the interpreter under test (Python 2.7 upward), in the worker processes of the distributed scenario.
"""The catalog's tasks as a worker offers them: the number and the settings travel, the worker keeps no state."""

from __future__ import absolute_import, division, print_function, unicode_literals

import functools
import json

from scenarios import catalog, tasks

_prepared = {}  # {(name, settings as text): the task, imports done}: what a worker may keep is what it can make again


def _call(name, number, settings):
    key = (name, json.dumps(settings, sort_keys=True))
    task = _prepared.get(key)
    if task is None:
        task = tasks.make(name, settings)
        task.prepare()
        _prepared[key] = task
    return task.call(number)


TASKS = dict((row.name, functools.partial(_call, row.name)) for row in catalog.TASKS)
