# Run by the interpreter under test (Python 2.7 upward).
"""How many tasks without a result a worker permits each client: what it does in a quarter of a second.

That covers a way of so long to a client and back, and a client that uses all of it costs the others no more than that.
Their arguments are limited by bytes as well, of which no client is told: one that sends large ones keeps to less.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports.messages import strict_json

FIRST = 1000  # before a rate is known, and never less
MOST = 4500  # a worker takes twice as many, and a beat, which lists them, has room for 10 000
MOST_GIVEN = strict_json.VALUE_MEMBERS // 2  # by --credit, for the same reason
AHEAD_NS = 250000000
MOST_BYTES = 16 * strict_json.FRAME_BYTES  # of one client, besides a frame for each task that runs


def most_bytes(concurrency):
    """Return how large the frames of one client may be together that hold a task without an outcome.

    It is more than any frame, so that one is taken from whoever has nothing here.
    """
    return MOST_BYTES + concurrency * strict_json.FRAME_BYTES


class Credit(object):
    """``tasks``: what each client is told. fixed: so many, whatever the rate is; None: found by the rate."""

    def __init__(self, fixed, now):
        self._fixed = fixed is not None
        self.tasks = fixed if self._fixed else FIRST
        self._answered = 0
        self._since = now

    def renew(self, answered, now):
        """Set ``tasks`` by how many tasks were answered since the last call. answered: the count of all.

        It is halved at most: tasks that were sent under the last one are taken all the same.
        """
        rate = (answered - self._answered) / max(1, now - self._since)
        self._answered, self._since = answered, now
        if not self._fixed:
            self.tasks = min(MOST, max(FIRST, int(rate * AHEAD_NS), self.tasks // 2))
