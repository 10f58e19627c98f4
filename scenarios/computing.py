# Run by the interpreter under test (Python 2.7 upward).
"""Tasks that burn CPU: in Python code, and in C by each way there."""

from __future__ import absolute_import, division, print_function, unicode_literals

from scenarios.tasks import Task


class Python(Task):
    def work(self, number):
        from native import reference

        return reference.burn(number, self.settings["rounds"])


class Native(Task):
    """``settings["rounds"]`` steps of the generator in C; ``kernel`` finds the function."""

    def prepare(self):
        self.burn = self.kernel()

    def work(self, number):
        return self.burn(number, self.settings["rounds"])


class NativeGil(Native):
    def kernel(self):
        import native

        return native.kernels().burn_gil


class NativeNogil(Native):
    def kernel(self):
        import native

        return native.kernels().burn_nogil


class NativeCffi(Native):
    def kernel(self):
        from native import foreign

        return foreign.through_cffi().burn


class NativeCtypes(Native):
    def kernel(self):
        from native import foreign

        return foreign.through_ctypes().burn
