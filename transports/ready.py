# Run by the interpreter under test (Python 2.7 upward); the driver reads the line by the same function.
"""The line ``ready: ADDRESS`` by which a started worker reports where it is reachable, and where its status is."""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import os
import re
import sys

_PREFIX = "ready: "
_STATUS = ", status at "
_KIND = re.compile(r" \w+ x \d+\Z")  # of a worker, and how many tasks it runs at once


def fill_descriptors():
    """Open the null device for stdin, stdout and stderr where they are closed: a socket would get their numbers."""
    if not hasattr(os, "dup2"):  # Jython
        return
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
            getattr(os, "set_inheritable", lambda *_: None)(descriptor, True)  # Python 2 hands all of them on


def own_stdout():
    """Return a stream to stdout that stays where a task discards what it prints; stdout itself on Jython."""
    return io.open(os.dup(1), "w") if hasattr(os, "dup2") else sys.stdout


def say_ready(address, status=None, stream=None):
    """Print ``ready: ADDRESS`` and flush, so that a driver that reads this process's output need not poll.

    status: where this worker tells its status, HOST:PORT, or None. stream: what to print to; None: stdout.
    """
    stream = stream or sys.stdout
    print(_PREFIX + "{}".format(address) + (_STATUS + status if status else ""), file=stream)
    stream.flush()


def read_status(line):
    """Return where the worker that printed ``line`` tells its status, HOST:PORT; None where it does not."""
    _, said, address = line.strip().partition(_STATUS)
    return address if said else None


def read_ready(line):
    """Return the ADDRESS of a line (text) of ``say_ready``, which may hold blanks; None for any other line."""
    if not line.startswith(_PREFIX):
        return None
    return _KIND.sub("", line[len(_PREFIX) :].partition(_STATUS)[0].strip()) or None
