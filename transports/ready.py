# Run by the interpreter under test (Python 2.7 upward); the driver reads the line by the same function.
"""The line ``ready: ADDRESS`` by which a started worker reports that it is reachable, and where."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys

_PREFIX = "ready: "


def say_ready(address):
    """Print ``ready: ADDRESS`` and flush, so that a driver that reads this process's output need not poll."""
    print(_PREFIX + "{}".format(address))
    sys.stdout.flush()


def read_ready(line):
    """Return the ADDRESS, the first word, of a line that ``say_ready`` printed (text); None for any other line."""
    return line.split()[1] if line.startswith(_PREFIX) else None
