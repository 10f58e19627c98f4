# Run by the interpreter under test (Python 2.7 upward).
"""Why a check of the gate failed, with the person's own traceback."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys
import traceback

from scenarios.own_function import loader

HERE = os.path.dirname(os.path.abspath(__file__))


class CheckFailed(Exception):
    """A check failed; the message is its reason. ``traceback`` is the person's own, where there is one."""

    def __init__(self, reason, traceback=None):
        Exception.__init__(self, reason)
        self.traceback = traceback


def describe_error(error):
    """Return ``error`` with the person's own traceback, without our frames."""
    trace = sys.exc_info()[2]
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename):
        trace = trace.tb_next
    lines = traceback.format_exception(type(error), error, trace) if trace else []
    lines = [line if isinstance(line, type("")) else line.decode("utf-8", "replace") for line in lines]
    own = "".join(lines) or getattr(error, "output", "")  # of a command line: what its program wrote
    return {"error": "{}: {}".format(type(error).__name__, _message(error)), "traceback": own}


def _message(error):
    for show in (type(""), repr):
        try:
            return "{}".format(show(error))
        except Exception:  # bytes that are no text, or what it holds cannot be shown
            continue
    return "it cannot be shown"


def _is_ours(name):
    """Return whether the file ``name`` is ours, or of the machinery by which a function is imported or awaited."""
    if name.startswith("<frozen importlib"):
        return True
    folder = os.path.dirname(os.path.abspath(name))
    own = os.path.dirname(os.path.abspath(loader.__file__))
    return folder == HERE or folder.startswith(own) or os.path.basename(folder) == "asyncio"
