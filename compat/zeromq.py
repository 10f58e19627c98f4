# Run by the interpreter under test (Python 2.7 upward, with pyzmq, or Jython with JeroMQ).
"""What the transports use of pyzmq; on Jython JeroMQ by the same names."""

from __future__ import absolute_import, division, print_function, unicode_literals

import struct
import sys

#: Of one Context: a client has three for each of its workers, and libzmq permits 1023 unless it is told.
MOST_SOCKETS = 30000

if sys.platform.startswith("java"):
    from compat import jeromq as zmq
    from compat.jeromq import Context, next_event
else:
    import zmq

    def Context():
        """Return a Context whose sockets are limited by the open files of this process alone."""
        made = zmq.Context()
        made.set(zmq.MAX_SOCKETS, MOST_SOCKETS)
        return made

    def next_event(monitor):
        """Return the number of the next event that ``monitor`` has.

        It is in the first frame, before a value (zmq_socket_monitor). ``zmq.utils.monitor`` reads it as well, but loads
        asyncio for that, which takes as long as pyzmq itself.
        """
        event, _value = struct.unpack(str("=HI"), monitor.recv_multipart()[0])
        return event


__all__ = ["Context", "next_event", "zmq"]
__version__ = zmq.__version__
