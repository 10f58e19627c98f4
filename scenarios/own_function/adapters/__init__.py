# Run by the interpreter under test (Python 2.7 upward).
"""Benchmarks that people already have, each taken as a function without arguments; one file for each kind.

These modules import the standard library alone, and what stands in for a package gives only what benchmarks call.
"""

from __future__ import absolute_import, division, print_function, unicode_literals
