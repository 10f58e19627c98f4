# Run by tests/inside (Python 2.7 upward).
"""Signals that interrupt what waits: Python 2 ends a system call with EINTR where a newer one goes on."""

from __future__ import absolute_import, division, print_function, unicode_literals

import contextlib
import signal

#: More than a wait of the tests: pyzmq begins an interrupted receive again with its whole timeout.
EVERY_S = 0.2


@contextlib.contextmanager
def interrupting(case):
    """Send this process a signal every EVERY_S, and yield the list of them; skip ``case`` where there are no timers."""
    if not hasattr(signal, "setitimer"):
        case.skipTest("no setitimer")
    seen = []
    before = signal.signal(signal.SIGALRM, lambda number, where: seen.append(number))
    signal.setitimer(signal.ITIMER_REAL, EVERY_S, EVERY_S)
    try:
        yield seen
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    case.assertGreater(len(seen), 1)
