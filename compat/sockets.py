# Run by the interpreter under test (Python 2.7 upward).
"""What pika takes for granted of sockets."""

from __future__ import absolute_import, division, print_function, unicode_literals

import socket
import sys

if not hasattr(socket, "SOMAXCONN"):  # Jython
    socket.SOMAXCONN = 128

#: The poller of pika's loop: None lets it choose. Jython's poll() forgets a change of the events that are waited for.
POLLER = "select" if sys.platform.startswith("java") else None
