# Run by the interpreter under test (Python 2.7 upward, POSIX).
"""Wake a thread that waits in a wire, by a pipe that holds at most one byte."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import threading


class Waker(object):
    def __init__(self):
        self.descriptor, self._writable = os.pipe()
        self._lock = threading.Lock()
        self._awake = False

    def wake(self):
        """Wake the waiting thread, from any thread."""
        with self._lock:
            if not self._awake and self._writable is not None:
                self._awake = True
                os.write(self._writable, b"x")

    def clear(self):
        """Clear the wake-up, in the thread that was woken, before it looks for work."""
        with self._lock:
            if self._awake:
                self._awake = False
                os.read(self.descriptor, 1)

    def close(self):
        """Close the pipe, and ignore later wake-ups."""
        with self._lock:
            os.close(self.descriptor)
            os.close(self._writable)
            self._writable = None
