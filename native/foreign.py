# Run by the interpreter under test (Python 2.7 upward).
"""The kernels of the plain shared library through a foreign-function interface, without an extension module.

On PyPy a call through cffi costs a tenth of one through an extension module, which its cpyext emulates. ctypes and cffi
both release the GIL during every call.
"""

from __future__ import absolute_import, division, print_function, unicode_literals


def through_ctypes():
    """Return an object with ``burn`` and ``noop``; raise ImportError or OSError where the library is missing."""
    import ctypes

    import runoff_library

    library = ctypes.CDLL(runoff_library.PATH)
    library.burn.argtypes = [ctypes.c_uint, ctypes.c_uint]
    library.noop.argtypes = [ctypes.c_uint]
    library.burn.restype = library.noop.restype = ctypes.c_uint
    return library


def through_cffi():
    """Return an object with ``burn`` and ``noop``, by cffi's ABI mode, which compiles nothing.

    Raise ImportError or OSError where cffi or the library is missing.
    """
    import cffi
    import runoff_library

    builder = cffi.FFI()
    builder.cdef("unsigned int burn(unsigned int, unsigned int); unsigned int noop(unsigned int);")
    return builder.dlopen(runoff_library.PATH)
