# Run by the interpreter under test (Python 2.7 upward), in the worker processes of the distributed scenario.
"""The catalog's tasks as a worker offers them: the input and the settings travel, the worker keeps no state."""

from __future__ import absolute_import, division, print_function, unicode_literals

import functools

from scenarios import catalog, killable, tasks


def _call(name, argument, settings):
    return tasks.receive(name, settings).call(argument)


TASKS = dict((row.name, functools.partial(_call, row.name)) for row in catalog.TASKS)
TASKS.update((killable.PREFIX + row.name, functools.partial(killable.told, row.name)) for row in catalog.TASKS)
