# Run by the interpreter under test (Python 2.7 upward).
"""Scenarios whose tasks run in workers behind a transport, and the tasks of those workers."""

from __future__ import absolute_import, division, print_function, unicode_literals
