# Run by the interpreter under test (Python 2.7 upward).
"""The tasks that a worker offers: names of a table in a module that its operator names. Nothing on the wire imports."""

from __future__ import absolute_import, division, print_function, unicode_literals

import importlib
import sys

from transports.errors import Unusable


class Retry(Exception):
    """Raised by a task that may succeed later: it is sent again, until its attempts run out."""


def load(module):
    """Return {name: function} from ``module``'s TASKS; the worker's command line names the module."""
    try:
        return dict(importlib.import_module(module).TASKS)
    except (Exception, SystemExit) as error:  # whatever the operator's module does while it is imported
        raise Unusable("{} has no table TASKS of tasks: {}: {}".format(module, type(error).__name__, error))


def prepare(module):
    """Call PREPARE of ``module``, which is loaded, where it has one: what can be done on the main thread alone."""
    getattr(sys.modules[module], "PREPARE", lambda: None)()
