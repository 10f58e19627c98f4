# Run by the interpreter under test (Python 2.7 upward).
"""What a worker tells over HTTP: is it live, is it ready, and what has it done."""

from __future__ import absolute_import, division, print_function, unicode_literals
