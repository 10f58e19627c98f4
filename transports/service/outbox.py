# Run by the interpreter under test (Python 2.7 upward).
"""The results of a worker on their way out: those of one client that are ready leave in one frame.

A client that does not keep up has its results wait for it here, and delays those of no other client.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

from transports import errors
from transports.messages import json_codec

#: How many members a frame with more than one result may have, were each as short as a member can be; the first
#: HEAD_BYTES of a result hold none but those that every result has.
FRAME_MEMBERS = 9000
HEAD_BYTES = 44
MOST_RESULTS = 1000  # in one frame
#: What a result without an outcome says: its client sends the task again.
NO_OUTCOME = (json_codec.RETRY, json_codec.RELEASED)
#: In seconds: a wire does not tell when it has room for a client again. So it is tried so soon, twice as late each time
#: that nothing has left, and at most so late.
RETRY_S, MOST_RETRY_S = 0.001, 0.1


class Parcel(object):
    """A frame of tasks: how many of them have no outcome yet, and the tokens that the wire settles after the last.

    redeliveries: how often a broker took it back from a worker that was lost. size: the bytes that are in memory for
    it, see HeldJobs.weigh.
    """

    __slots__ = ("left", "redeliveries", "size", "tokens")

    def __init__(self, left, token, redeliveries):
        self.left = left
        self.tokens = [] if token is None else [token]
        self.redeliveries = redeliveries
        self.size = 0

    def take_over(self, older):
        """Hold a task that ``older`` held. Where that was its last, its tokens are settled with those of this one.

        Its other results may not be safe yet, so they cannot be settled now. Its bytes are still there: the task keeps
        the arguments that came first.
        """
        if self is older:
            self.left -= 1  # one frame has the task twice
            return
        older.left -= 1
        if not older.left:
            self.tokens += older.tokens
            self.size += older.size


class Unsent(object):
    """Results that wait for one client.

    results: of (codec, result as bytes, tokens that it settles). size: their bytes. frame: (bytes, tokens), of those
    before them, where the wire had no room for it; else None.
    """

    __slots__ = ("frame", "results", "size")

    def __init__(self):
        self.size = 0
        self.results = collections.deque()
        self.frame = None


class Outbox(object):
    """Results that wait for ``wire``. me: the worker, as results name it.

    settle(job): called for each job before its result leaves. forget(sender): called where a client is not there.
    meter: counts what ends (transports/status/meter.py), or None.
    """

    def __init__(self, wire, me, counts, meter, settle, forget):
        self._wire = wire
        self._me = me
        self._counts = counts
        self._meter = meter
        self._settle = settle
        self._forget = forget
        self._finished = collections.deque()  # of (job, result), from any thread
        self._unsent = collections.OrderedDict()  # {sender: Unsent}, in the order of their turns
        self._heads = {}  # {codec: what its frames begin with}
        self._frames = 0  # that have left
        self._retry_s = RETRY_S

    def add(self, job, result):
        """Give ``job`` its outcome (see run_job.py), from any thread; only the first one counts."""
        self._finished.append((job, result))

    def is_empty(self):
        """Return whether every result was sent."""
        return not self._finished and not self._unsent

    def waiting(self, sender):
        """Return how many results wait for ``sender``, besides those of a frame that is made, and their bytes."""
        unsent = self._unsent.get(sender)
        return (0, 0) if unsent is None else (len(unsent.results), unsent.size)

    def wait_s(self):
        """Return how soon to try again to send what the wire had no room for."""
        return self._retry_s if self._unsent else float("inf")

    def flush(self):
        """Send what is finished, one frame of each client in turn; keep what the wire has no room for.

        The caller holds the service's lock.
        """
        if self._finished:
            self._sort()
        before = self._frames
        senders = collections.deque(self._unsent)
        while senders:
            sender = senders.popleft()
            if self._send_frame(sender):
                senders.append(sender)
        moved = self._frames > before or not self._unsent
        self._retry_s = RETRY_S if moved else min(2 * self._retry_s, MOST_RETRY_S)

    def _sort(self):
        """Settle what is finished, and have it wait for its client."""
        finished = self._finished
        ended = []
        released = 0
        sender, unsent = None, None
        while finished:
            entry = finished.popleft()
            job, result = entry
            if job.settled:
                continue
            self._settle(job)
            ended.append(entry)
            if unsent is None or job.sender != sender:
                sender = job.sender
                unsent = self._unsent.setdefault(sender, Unsent())
            encoded = result[0]
            if result[1] in NO_OUTCOME:  # its client heeds the latest attempt alone, which may have come meanwhile
                encoded = job.codec.with_attempt(encoded, job.attempt)
                released += result[1] == json_codec.RELEASED
            parcel = job.parcel
            unsent.size += len(encoded)
            unsent.results.append((job.codec, encoded, () if parcel.left else parcel.tokens))
        self._counts["answered"] += len(ended) - released
        if ended and self._meter is not None:  # all may have been settled before, by a deadline
            self._meter.add(ended)

    def _send_frame(self, sender):
        """Send the next frame of ``sender``; return whether there is another one that may have room."""
        unsent = self._unsent[sender]
        if unsent.frame is None:
            unsent.frame = self._next_frame(unsent)
        try:
            connected = self._wire.reply(sender, *unsent.frame)
        except errors.Busy:
            self._counts["busy"] += 1
            return False
        self._frames += 1
        del self._unsent[sender]
        if not connected:
            self._forget(sender)
        elif unsent.results:
            unsent.frame = None
            self._unsent[sender] = unsent  # behind the others
            return True
        return False

    def _next_frame(self, unsent):
        """Return (a frame of the first results of ``unsent``, what it settles), and remove these."""
        results = unsent.results
        codec = results[0][0]
        most_bytes = FRAME_MEMBERS * codec.MEMBER_BYTES
        frame_bytes, items, tokens = 0, [], []
        while results and len(items) < MOST_RESULTS:
            written_by, item, settles = results[0]
            if items and (written_by is not codec or frame_bytes + len(item) > most_bytes):
                break
            results.popleft()
            items.append(item)
            frame_bytes += len(item) - HEAD_BYTES
            tokens += settles
        unsent.size -= frame_bytes + HEAD_BYTES * len(items)
        if codec not in self._heads:
            self._heads[codec] = codec.results_head(self._me)
        return codec.results(self._heads[codec], items), tokens
