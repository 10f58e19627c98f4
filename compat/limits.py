# Run by the interpreter under test (Python 2.7 upward).
"""Limits of the process that a cell of many tasks would otherwise measure."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys


def raise_descriptors():
    """Raise the limit of open files and sockets to the maximum; return it, or None where there is no such limit."""
    try:
        import resource
    except ImportError:  # Windows and Jython
        return None
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def set_switch_interval(seconds):
    """Set how long a thread may hold the GIL while others wait; raise AttributeError where that cannot be set."""
    sys.setswitchinterval(seconds)
