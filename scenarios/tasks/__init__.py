# Run by the interpreter under test (Python 2.7 upward).
"""The tasks: units of work that a scenario repeats."""

from __future__ import absolute_import, division, print_function, unicode_literals
