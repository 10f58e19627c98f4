# Run by the interpreter under test (Python 2.7 upward).
"""What carries frames: queues in memory, ZeroMQ and RabbitMQ, behind one seam (base.py)."""

from __future__ import absolute_import, division, print_function, unicode_literals
