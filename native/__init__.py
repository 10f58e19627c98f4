# Run by the interpreter under test (Python 2.7 upward).
"""The kernels: compiled (``kernels()``) or in plain Python (``native.reference``); neither replaces the other."""

from __future__ import absolute_import, division, print_function, unicode_literals


def kernels():
    """Return the SWIG module compiled into this interpreter's environment; raise ImportError where it is missing."""
    import runoff_kernels

    return runoff_kernels
