# Run by the interpreter under test (Python 2.7 upward).
"""Where a worker runs a task: in its own thread, in a pool, in child processes, or on an event loop."""

from __future__ import absolute_import, division, print_function, unicode_literals
