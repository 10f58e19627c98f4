# Run by the interpreter under test (Python 2.7 upward).
"""What a session is made of: its requests, the lanes it sends to, what it sends and what it receives."""

from __future__ import absolute_import, division, print_function, unicode_literals
