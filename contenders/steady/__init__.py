# Run by the interpreter under test (Python 2.7 upward).
"""Clients that submit tasks at a steady pace until they are told to stop, and count what came of them."""

from __future__ import absolute_import, division, print_function, unicode_literals
