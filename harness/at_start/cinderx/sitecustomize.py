# Run by every process of the variant +cinderx (CPython 3.14 upward, with its package), first, through PYTHONPATH.
"""Have CinderX compile each function that is called often."""

from __future__ import absolute_import, division, print_function, unicode_literals

from cinderx import jit

jit.auto()
