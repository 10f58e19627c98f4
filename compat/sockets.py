# Run by the interpreter under test (Python 2.7 upward).
"""What pika takes for granted of sockets, on Jython as well; import this before pika is used."""

from __future__ import absolute_import, division, print_function, unicode_literals

import socket
import sys

#: The poller of pika's loop: None lets it choose. Jython's poll() forgets a change of the events that are waited for.
POLLER = None

if sys.platform.startswith("java"):
    import _socket
    import numbers

    POLLER = "select"
    socket.SOMAXCONN = 128
    # A descriptor is the socket itself there; pika insists on an integer, and uses it as a key alone.
    numbers.Integral.register(_socket._realsocket)
