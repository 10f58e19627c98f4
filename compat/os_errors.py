# Run by the interpreter under test (Python 2.7 upward).
"""The errno of a failed system call, which Python 2 raises as errors of several classes."""

from __future__ import absolute_import, division, print_function, unicode_literals


def number_of(error):
    """Return the errno of an OSError, or of a select.error or socket.error of Python 2."""
    return error.errno if getattr(error, "errno", None) is not None else error.args[0]
