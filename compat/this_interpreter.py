# Run by the interpreter under test (Python 2.7 upward).
"""How to start another process of this interpreter, and who a process is."""

from __future__ import absolute_import, division, print_function, unicode_literals

import json
import os
import sys
import time

from compat import identity

#: Environment variable: the options that this interpreter was started with, as JSON, which its sys.executable lacks.
OPTIONS = str("RUNOFF_PYTHON_OPTIONS")
#: How long a process of a pool is busy when it is asked who it is, so that the others are asked as well.
BUSY_S = 0.005


def command():
    """Return the command that starts this interpreter with the options that it was started with."""
    return [sys.executable] + json.loads(os.environ.get(OPTIONS, "[]"))


def start_methods():
    """Return the start methods of multiprocessing, the default first; empty where it does not work."""
    try:
        import multiprocessing
        import multiprocessing.synchronize  # noqa: F401  (fails where the platform has no semaphores)
    except ImportError:
        return []
    if hasattr(multiprocessing, "get_all_start_methods"):
        return list(multiprocessing.get_all_start_methods())
    return ["spawn"] if sys.platform == "win32" else ["fork"]


def who():
    """Return (process id, identity) of this process of a pool, after a while."""
    time.sleep(BUSY_S)
    return identity.of_this_process()
