# Run by the interpreter under test (Python 2.7 upward).
"""What Linux tells of a process: its resident memory, and whether it is stopped. Elsewhere nothing is known."""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import os


def resident_bytes(pid):
    """Return the resident memory of ``pid`` in bytes; None where it is unknown."""
    fields = _read("/proc/{}/statm".format(pid)).split()
    return int(fields[1]) * os.sysconf(str("SC_PAGE_SIZE")) if fields else None


def tree_bytes(children):
    """Return the resident memory of this process, alone and with its ``children``; None where it is unknown."""
    own = resident_bytes(os.getpid())
    return None if own is None else (own, own + sum(resident_bytes(pid) or 0 for pid in children))


def is_stopped(pid):
    """Return whether ``pid`` was stopped by a signal or a debugger; False where that is unknown."""
    # The name of its program stands in brackets and may hold anything.
    fields = _read("/proc/{}/stat".format(pid)).rpartition(")")[2].split()
    return bool(fields) and fields[0] in "Tt"


def _read(path):
    try:
        with io.open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except (IOError, OSError):
        return ""
