# Run by the interpreter under test (Python 2.7 upward).
"""Wake a thread that waits in a wire, by a descriptor that holds at most one wake-up."""

from __future__ import absolute_import, division, print_function, unicode_literals

import threading

from compat.wake_up import WakeUp


class Waker(object):
    def __init__(self):
        self._wake_up = WakeUp()
        self.descriptor = self._wake_up.descriptor
        self._lock = threading.Lock()
        self._awake = self._closed = False

    def wake(self):
        """Wake the waiting thread, from any thread."""
        with self._lock:
            if not self._awake and not self._closed:
                self._awake = True
                self._wake_up.send()

    def clear(self):
        """Clear the wake-up, in the thread that was woken, before it looks for work."""
        with self._lock:
            if self._awake:
                self._awake = False
                self._wake_up.receive()

    def close(self):
        """Close the descriptor, and ignore later wake-ups."""
        with self._lock:
            self._closed = True
            self._wake_up.close()
