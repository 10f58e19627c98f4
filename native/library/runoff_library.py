# Run by the interpreter under test (Python 2.7 upward), from its environment's packages.
"""The path of the kernels as a plain shared library, for ctypes and cffi; it is beside this file."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "librunoff.so")
