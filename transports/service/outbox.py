# Run by the interpreter under test (Python 2.7 upward).
"""The results of a worker on their way out: those that are ready leave in one frame, which settles what it answers."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

from transports import errors

#: How many members a frame with more than one result may have, were each as short as a member can be; the first
#: HEAD_BYTES of a result hold none but those that every result has.
FRAME_MEMBERS = 9000
HEAD_BYTES = 44
MOST_RESULTS = 1000  # in one frame


class Parcel(object):
    """A frame of tasks: how many of them have no outcome yet, and what the wire settles after the last.

    redeliveries: how often a broker took it back from a worker that was lost.
    """

    __slots__ = ("left", "redeliveries", "token")

    def __init__(self, left, token, redeliveries):
        self.left = left
        self.token = token
        self.redeliveries = redeliveries


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
        self._frames = collections.deque()  # of (sender, frame, tokens) that the wire was too busy for
        self._heads = {}  # {codec: what its frames begin with}

    def add(self, job, result):
        """Give ``job`` its outcome (see run_job.py), from any thread; only the first one counts."""
        self._finished.append((job, result))

    def is_empty(self):
        """Return whether every result was sent."""
        return not self._finished and not self._frames

    def flush(self):
        """Send what is finished; what the wire has no room for stays. The caller holds the service's lock."""
        self._send_frames()
        finished = self._finished
        while finished:
            sender, frame_bytes, items, tokens, ended = None, 0, [], [], []
            while finished and len(items) < MOST_RESULTS:
                job, result = finished[0]
                if not items:
                    codec = job.codec
                    most_bytes = FRAME_MEMBERS * codec.MEMBER_BYTES
                elif job.sender != sender or job.codec is not codec or frame_bytes + len(result[0]) > most_bytes:
                    break
                entry = finished.popleft()
                if job.settled:
                    continue
                self._settle(job)
                sender = job.sender
                items.append(result[0])
                ended.append(entry)
                frame_bytes += len(result[0]) - HEAD_BYTES
                if job.parcel.left == 0 and job.parcel.token is not None:
                    tokens.append(job.parcel.token)
            if items:
                self._counts["answered"] += len(items)
                if self._meter is not None:
                    self._meter.add(ended)
                self._frames.append((sender, codec.results(self._head(codec), items), tokens))
                self._send_frames()

    def _head(self, codec):
        if codec not in self._heads:
            self._heads[codec] = codec.results_head(self._me)
        return self._heads[codec]

    def _send_frames(self):
        while self._frames:
            sender, frame, tokens = self._frames[0]
            try:
                connected = self._wire.reply(sender, frame, tokens)
            except errors.Busy:
                self._counts["busy"] += 1
                return
            self._frames.popleft()
            if not connected:
                self._frames = collections.deque(entry for entry in self._frames if entry[0] != sender)
                self._forget(sender)
