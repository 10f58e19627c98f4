# Run by the interpreter under test (Python 2.7 upward).
"""Tasks that burn CPU: in Python code, and in C by each way to call C."""

from __future__ import absolute_import, division, print_function, unicode_literals

from native import foreign, kernels, reference
from scenarios.tasks.base import Task


class Python(Task):
    """``settings["rounds"]`` steps of the generator in Python code."""

    def work(self, number):
        return reference.burn(number, self.settings["rounds"])


class Native(Task):
    """``settings["rounds"]`` steps of the generator in C; a subclass says in ``kernel`` how the function is called."""

    def prepare(self):
        self.burn = self.kernel()

    def work(self, number):
        return self.burn(number, self.settings["rounds"])


class NativeGil(Native):
    def kernel(self):
        return kernels().burn_gil


class NativeNogil(Native):
    def kernel(self):
        return kernels().burn_nogil


class NativeCffi(Native):
    def kernel(self):
        return foreign.through_cffi().burn


class NativeCtypes(Native):
    def kernel(self):
        return foreign.through_ctypes().burn


def _by_hand():
    import runoff_byhand

    return runoff_byhand.noop


#: (way, function that returns the empty kernel): harness.cost measures a call of each. The function raises ImportError
#: or OSError where the interpreter lacks that way.
WAYS = [
    ("python", lambda: reference.noop),
    ("by hand", _by_hand),
    ("swig, held", lambda: kernels().noop_gil),
    ("swig, released", lambda: kernels().noop_nogil),
    ("cffi", lambda: foreign.through_cffi().noop),
    ("ctypes", lambda: foreign.through_ctypes().noop),
]
