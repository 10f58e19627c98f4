# Run by the interpreter under test (Python 2.7 upward).
"""The kernels: compiled (``kernels()``) or in plain Python (``native.reference``), never one in the other's name."""

from __future__ import absolute_import, division, print_function, unicode_literals


def kernels():
    """The SWIG module, as compiled into this interpreter's environment; ImportError where it could not be."""
    import runoff_kernels

    return runoff_kernels
