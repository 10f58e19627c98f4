# Run by the interpreter under test (Python 2.7 upward).
"""Scenarios that measure how late an interpreter wakes up while it also computes."""

from __future__ import absolute_import, division, print_function, unicode_literals
