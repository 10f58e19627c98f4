# Run by the interpreter under test (Python 2.7 upward).
"""How long a worker that leaves waits for the goodbyes of its clients.

A client answers the worker's goodbye with its own once it holds nothing there. On their connection that comes behind
all tasks that crossed the worker's, and says that every result has arrived: a socket that is closed while its peer
still sends throws away what it has not sent itself, whatever its linger is.

A client that polls seldom, or does not know of this, is waited for as long as what it was sent takes on a slow way.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

LAST_WORD_NS = 1000000000  # for a goodbye, and what crossed it, to come back
SLOW_BYTE_NS = 2000  # a way of 500 kB/s
MOST_CLIENTS = 2000  # of those that were sent results, before those that have them are forgotten


class Farewell(object):
    """When each client has, on a slow way, all that it was sent; ``began`` is when the worker said goodbye."""

    def __init__(self):
        self.began = 0
        self._arrived = {}  # {client: when it has all}

    def sent(self, client, size, now):
        """Take note that ``size`` bytes are on their way to ``client``."""
        self._arrived[client] = max(now, self._arrived.get(client, 0)) + size * SLOW_BYTE_NS
        if len(self._arrived) > MOST_CLIENTS:
            self._arrived = {each: when for each, when in self._arrived.items() if when > now}

    def is_over(self, clients, now):
        """Return whether nobody waits for a goodbye of one of ``clients`` any more."""
        return all(now > max(self.began, self._arrived.get(each, 0)) + LAST_WORD_NS for each in clients)
