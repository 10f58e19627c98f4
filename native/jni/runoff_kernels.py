# Run by Jython, from its environment's packages.
"""The kernels that SWIG wrapped for Java, in place of the extension module; the library is beside this file."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os

from java.lang import System

System.setProperty("runoff.kernels", os.path.join(os.path.dirname(os.path.abspath(__file__)), "librunoff_jni.so"))

from runoff_jni.runoff_kernels import burn_nogil, count_primes_nogil, noop_nogil  # noqa: E402

__all__ = ["burn_nogil", "count_primes_nogil", "noop_nogil"]
