# Run by the interpreter under test (Python 2.7 upward).
"""Limits that would otherwise be what a cell of many tasks measures."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys


def raise_descriptors():
    """As many open files and sockets as this process may have; the number, or None where there is no such limit."""
    try:
        import resource
    except ImportError:  # Windows and Jython
        return None
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def set_switch_interval(seconds):
    """How long a thread may hold the GIL while others wait for it; AttributeError where there is no such thing."""
    sys.setswitchinterval(seconds)
