# Run by the interpreter under test (Python 2.7 upward).
"""The tasks that a worker offers: names of a table in a module that its operator names. Nothing on the wire imports."""

from __future__ import absolute_import, division, print_function, unicode_literals

import importlib
import sys

from compat import text
from transports.errors import Unusable
from transports.messages import json_codec


class Retry(Exception):
    """Raised by a task that may succeed later: it is sent again, until its attempts run out."""


def load(module):
    """Return {name: function} from ``module``'s TASKS; the worker's command line names the module."""
    try:
        table = dict(importlib.import_module(module).TASKS)
    except (Exception, SystemExit) as error:  # whatever the operator's module does while it is imported
        raise Unusable("{} has no table TASKS of tasks: {}".format(module, text.describe(error)))
    functions = {}
    for name, function in table.items():
        if not callable(function):
            raise Unusable("TASKS of {} has no function for {!r}, but {!r}".format(module, name, function))
        functions[_checked(name, module)] = function
    return functions


def _checked(name, module):
    """Return ``name`` as text; raise Unusable where no message could hold it."""
    try:
        if not isinstance(name, (text.text_type, str)):
            raise ValueError
        checked = text.text_type(name)
        text.to_utf8(checked)
        if not 0 < len(checked) <= json_codec.NAME_CHARS:
            raise ValueError
    except ValueError:
        sentence = "TASKS of {} calls a task {!r}: a name is text of 1 to {} characters"
        raise Unusable(sentence.format(module, name, json_codec.NAME_CHARS))
    return checked


def prepare(module):
    """Call PREPARE of ``module``, which is loaded, where it has one: what can be done on the main thread alone."""
    try:
        getattr(sys.modules[module], "PREPARE", lambda: None)()
    except (Exception, SystemExit) as error:
        raise Unusable("PREPARE of {} failed: {}".format(module, text.describe(error)))
