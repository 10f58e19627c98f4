# Run by the interpreter under test (Python 2.7 upward).
"""The kernels through a foreign-function interface, from the plain shared library: no extension module in between.

On PyPy a call through cffi costs a tenth of one through an extension module, which its cpyext has to emulate. Both
release the GIL for the length of every call.
"""

from __future__ import absolute_import, division, print_function, unicode_literals


def through_ctypes():
    """An object with ``burn`` and ``noop``; ImportError or OSError where it cannot be had."""
    import ctypes

    import runoff_library

    library = ctypes.CDLL(runoff_library.PATH)
    library.burn.argtypes = [ctypes.c_uint, ctypes.c_uint]
    library.noop.argtypes = [ctypes.c_uint]
    library.burn.restype = library.noop.restype = ctypes.c_uint
    return library


def through_cffi():
    """An object with ``burn`` and ``noop``, by cffi's ABI mode: nothing is compiled per interpreter."""
    import cffi
    import runoff_library

    builder = cffi.FFI()
    builder.cdef("unsigned int burn(unsigned int, unsigned int); unsigned int noop(unsigned int);")
    return builder.dlopen(runoff_library.PATH)
