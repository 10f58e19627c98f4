# Run by the interpreter under test (Python 2.7 upward).
"""Processes whose own parent has ended: they become this process's children, so that none escapes the gate.

A function may fork twice, leave its session and empty its environment. Nothing else tells that such a process is its.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import contextlib
import os
import signal
import sys
import time

from compat import clock
from harness.own_function import process_state

PR_SET_CHILD_SUBREAPER = 36
END_NS = 5 * 1000 * 1000 * 1000  # in which killed processes end
LOOK_AGAIN_S = 0.005


@contextlib.contextmanager
def adopted():
    """Take orphans in within the block, and kill all children at its end; do nothing where that cannot be."""
    adopts = _adopt()
    try:
        yield
    finally:
        if adopts:
            _kill_children()


def _adopt():
    """Return whether this process is the parent of orphans from now on."""
    if not sys.platform.startswith("linux"):
        return False  # the number of the option is Linux's
    try:
        import ctypes

        set_option = ctypes.CDLL(None).prctl
    except (ImportError, AttributeError, OSError):
        return False
    return set_option(PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(1), *[ctypes.c_ulong(0)] * 3) == 0


def _kill_children():
    """Kill and reap the children of this process, and theirs, which are orphans then."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # the function's handler has nothing to do with these
    end = clock.now_ns() + END_NS
    while clock.now_ns() < end:
        left = process_state.running_children()
        for child in left:
            try:
                os.kill(int(child), signal.SIGKILL)
            except OSError:
                pass  # it has ended, or is another user's
        _reap()
        if not left:
            return
        time.sleep(LOOK_AGAIN_S)


def _reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except OSError:
        pass  # there are no children
