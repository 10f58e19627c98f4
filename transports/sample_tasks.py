# Run by the interpreter under test (Python 2.7 upward).
"""Tasks to try a worker with; a worker offers these unless its command line names another module."""

from __future__ import absolute_import, division, print_function, unicode_literals

import time

from compat import clock


def noop(number=0):
    return number


def echo(*args, **kwargs):
    return [list(args), kwargs]


def sleep(seconds):
    time.sleep(seconds)
    return seconds


def spin(milliseconds):
    """Keep one core busy for so long."""
    until = clock.now_ns() + int(milliseconds * 1e6)
    while clock.now_ns() < until:
        pass
    return milliseconds


TASKS = {"noop": noop, "echo": echo, "sleep": sleep, "spin": spin}
