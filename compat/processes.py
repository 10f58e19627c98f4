# Run by the interpreter under test (Python 2.7 upward).
"""multiprocessing with its start method named: 2.7 has no contexts and only the platform's one method."""

from __future__ import absolute_import, division, print_function, unicode_literals

import multiprocessing
import multiprocessing.queues
import sys


def context(start_method):
    """An object with ``Process``, ``Pool`` and ``SimpleQueue`` that starts children by ``start_method``."""
    if hasattr(multiprocessing, "get_context"):
        return multiprocessing.get_context(start_method)
    only = "spawn" if sys.platform == "win32" else "fork"
    if start_method != only:
        raise ValueError("this interpreter starts processes by {} only, not {}".format(only, start_method))
    return _OldContext


class _OldContext(object):
    Process = multiprocessing.Process
    Pool = staticmethod(multiprocessing.Pool)
    SimpleQueue = staticmethod(multiprocessing.queues.SimpleQueue)
