# Run by the interpreter under test (Python 2.7 upward, POSIX, or Jython).
"""What ends another thread's wait: a ``descriptor`` for select and for ZeroMQ's poller, readable once it is sent to."""

from __future__ import absolute_import, division, print_function, unicode_literals

import os
import sys


class _Pipe(object):
    def __init__(self):
        self.descriptor, self._writable = os.pipe()

    def send(self):
        """Make the descriptor readable."""
        os.write(self._writable, b"x")

    def receive(self):
        """Take back one ``send``."""
        os.read(self.descriptor, 1)

    def close(self):
        os.close(self.descriptor)
        os.close(self._writable)


class _JavaPipe(object):
    """The same on Jython, whose pipes cannot be waited for.

    JeroMQ waits for ``channel``. Jython's select calls the methods with an underscore, which its sockets have as well.
    """

    def __init__(self):
        from java.nio import ByteBuffer
        from java.nio.channels import Pipe

        pipe = Pipe.open()
        self.descriptor = self
        self.channel = pipe.source()
        self.channel.configureBlocking(False)
        self._sink = pipe.sink()
        self._byte = ByteBuffer.allocate(1)
        self._selectors = []
        self._sent = False

    def send(self):
        self._sent = True
        self._byte.clear()
        self._sink.write(self._byte)
        for selector in list(self._selectors):
            selector.notify(self)

    def receive(self):
        self._sent = False
        self._byte.clear()
        self.channel.read(self._byte)

    def close(self):
        self.channel.close()
        self._sink.close()

    def fileno(self):
        return self

    def _register_selector(self, selector):
        self._selectors.append(selector)

    def _unregister_selector(self, selector):
        self._selectors.remove(selector)

    def _readable(self):
        return self._sent

    def _writable(self):
        return False


WakeUp = _JavaPipe if sys.platform.startswith("java") else _Pipe
