# Run by the interpreter under test (Python 2.7 upward, with pyzmq, or Jython with JeroMQ).
"""What the transports use of pyzmq; on Jython JeroMQ by the same names."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys

if sys.platform.startswith("java"):
    from compat import jeromq as zmq
    from compat.jeromq import recv_monitor_message
else:
    import zmq
    from zmq.utils.monitor import recv_monitor_message

__all__ = ["recv_monitor_message", "zmq"]
__version__ = zmq.__version__
