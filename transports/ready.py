# Run by the interpreter under test (Python 2.7 upward).
"""The line by which a worker tells whoever started it that it can be reached, and where."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys


def say_ready(address):
    """Print ``ready: ADDRESS`` and flush, so that a driver that reads this process's output need not poll."""
    print("ready: {}".format(address))
    sys.stdout.flush()
