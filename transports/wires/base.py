# Run by the interpreter under test (Python 2.7 upward).
"""The seam between the session, which keeps the promise, and the wires, which carry frames.

A frame is a message as bytes (transports/messages/), at most strict_json.FRAME_BYTES long. A wire may lose,
delay, double or reorder frames; it never alters one and never delivers one elsewhere. A wire is used by one thread.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import importlib

from transports import catalog, errors, redaction
from transports.messages import strict_json

# Events of ClientWire.poll: (event, lane, payload).
# What a session does about the last five, and about a lane that goes down, is the table in transports/client/fates.py.
UP = "up"  # the lane can be sent to; payload: None
DOWN = "down"  # its peer is lost, with everything it held; payload: why, as text
BLOCKED = "blocked"  # its peer takes nothing for a while, and keeps what it holds; payload: why, as text
FRAME = "frame"  # a peer's message; payload: the bytes
ACCEPTED = "accepted"  # a durable broker has these tasks on its disk; payload: ids
UNROUTABLE = "unroutable"  # no queue takes these tasks; payload: ids
NOT_TAKEN = "not-taken"  # a broker refuses these tasks for now; payload: ids
QUEUE_LOST = "queue-lost"  # a broker's queue was deleted, with tasks or with their results; payload: why, as text
GIVEN_UP = "given-up"  # a broker gave up a frame of ours at its delivery limit; payload: (the frame, why as text)

# Outcomes of WorkerWire.settle.
DONE = "done"  # replied to, or nothing more to say
REJECT = "reject"  # never again: to the dead letters, where the wire has such
RELEASE = "release"  # not started: to another worker, and does not count as an attempt


class Lane(object):
    """One place that a client can send to: a worker, or a broker's queue."""

    def __init__(self, name):
        self.name = name
        self.ready = False  # may tasks be sent? Set by the session (greets) or by the wire
        self.credit = 0  # how many unsettled tasks the other side takes, whatever rate and delay ask for
        self.concurrency = 1  # how many of them it runs at once
        self.leaving = False  # nothing new goes there; set by the wire when its peer is no longer to be used
        self.shared = False  # a queue before any number of workers: how much waits in it is limited by credit alone

    def __repr__(self):
        return "<lane {}>".format(self.name)


class ClientWire(object):
    """One wire, as a client sees it."""

    #: True: the session says hello on every new lane and sends tasks after the welcome.
    greets = True

    #: The name of the codec that the session writes tasks in: the URL's ``codec=``.
    codec = "json"

    #: The options that its URL may have besides codec; None: it looks at them itself.
    takes = ()

    #: A worker may hold a task for so long; a broker takes back what is held for longer, and hands it out again. A
    #: message counts it in milliseconds, as a whole number that every reader can hold.
    most_deadline_s = strict_json.SAFE_INTEGER // 1000

    #: For so long the wire itself waits for a peer that says nothing: a message on a slow way may hold back all others.
    silence_ns = 0

    #: Where workers send results, for a wire that does not know it by itself; set when it is open.
    reply_to = None

    def __init__(self, url, options):
        self.url = url
        self.options = options

    def open(self):
        """Begin to connect; raise Unusable.

        An absent peer is no error but a lane that is not up yet.
        """
        raise NotImplementedError

    def send(self, lane, frame, ids=()):
        """Hand ``frame``, which carries the tasks ``ids``, to ``lane`` without blocking; raise Busy."""
        raise NotImplementedError

    def poll(self, timeout_s):
        """Return [(event, lane, payload)]; wait up to ``timeout_s`` for the first."""
        raise NotImplementedError

    def forget(self, lane):
        """Close a lane that is leaving and holds no task."""
        raise NotImplementedError

    def refused(self):
        """Return whether every lane refuses our identity; a wire that raises Unusable need not."""
        return False

    def drain(self, deadline_s):
        """Send what was handed over, for up to ``deadline_s``; return True when all has left."""
        raise NotImplementedError

    def close(self):
        """Drop what is left; within a second."""
        raise NotImplementedError


#: What a worker receives. sender: where replies go. token: what is settled, None when the wire keeps no account.
#: redeliveries: how often a broker took the frame back from a worker that was lost.
Arrival = collections.namedtuple("Arrival", "sender frame token redeliveries")


class WorkerWire(object):
    """One wire, as a worker sees it."""

    #: The URL's ``codec=``. A worker answers in the codec that it is asked in: this one must be among those it speaks.
    codec = "json"

    #: As of ClientWire.
    takes = ()

    #: True: this wire wants beats, from which the client learns what the worker holds.
    beats = True

    #: True: a broker hands out again what is settled as RELEASE, so that it is not lost where its client has gone.
    keeps_tasks = False

    #: How many tasks the worker runs at once; set before the first ``credit``.
    concurrency = 1

    #: A result that is ready waits no longer than this for the next one, and only while other tasks are there to run.
    #: Two workers with tasks of a millisecond spend nine tenths of their time in them with this, fewer with a quarter.
    result_age_ns = 4000000

    def __init__(self, url, options):
        self.url = url
        self.options = options

    def open(self):
        """Listen, or begin to consume; raise Unusable."""
        raise NotImplementedError

    def receive(self, timeout_s):
        """Return a list of Arrivals; wait up to ``timeout_s`` for the first, or for a watched descriptor."""
        raise NotImplementedError

    def watch(self, descriptor):
        """Have ``receive`` return when ``descriptor`` is readable, perhaps with an empty list."""
        raise NotImplementedError

    def unwatch(self, descriptor):
        """Forget ``descriptor``, before it is closed."""
        raise NotImplementedError

    def reply(self, sender, frame, tokens=()):
        """Send ``frame`` back; when that is safe, settle ``tokens`` as DONE.

        Return False where the sender has gone and needs no frame, else True. Raise Busy.
        """
        raise NotImplementedError

    def settle(self, token, outcome):
        """Settle an arrival that gets no reply of its own as DONE, REJECT or RELEASE."""

    def away(self):
        """Return why no task can arrive now, as text; None where one can. From any thread."""
        return None

    def reconnects(self):
        """Return how often a link that had been there was made again. From any thread."""
        return 0

    def credit(self, tasks):
        """Set how many unsettled tasks (frames, of a broker) this worker accepts; None: as many as it has use for.

        Each client of a brokerless wire is told by the service.
        """

    def drain(self, deadline_s):
        """Accept nothing new and send replies, for up to ``deadline_s``; return True when all have left."""
        raise NotImplementedError

    def close(self):
        """Drop what is left; within a second."""
        raise NotImplementedError

    def leave(self):
        """Wait for the replies that ``drain`` sent: the process ends after this, and the wire is closed."""

    def abort(self):
        """Remove what would stay on disk: the process ends at once, without a close."""


def split(url):
    """Split a URL into (row of the catalog, rest, options after "?"); raise Unusable."""
    scheme, colon, rest = url.partition(":")
    if not colon:
        schemes = ", ".join(catalog.by_scheme())
        raise errors.Unusable("{!r} is not a URL: begin it with one of {}, and a colon".format(url, schemes))
    if scheme in catalog.REFUSED:
        raise errors.Unusable("{}: {}".format(scheme, catalog.REFUSED[scheme]))
    row = catalog.by_scheme().get(scheme)
    if row is None:
        raise errors.Unusable("unknown transport {!r}; choose from {}".format(scheme, ", ".join(catalog.by_scheme())))
    if redaction.is_cut(url):
        raise errors.Unusable("not an AMQP URL: {}".format(redaction.ADVICE))
    rest, _, query = rest.partition("?")
    options = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        options[name] = value
    return row, rest, options


def client(url):
    """Return the client's end of ``url``, not yet open."""
    row, rest, options = split(url)
    return _make(_module(row).Client, row, rest, options)


def worker(url):
    """Return the worker's end of ``url``, not yet open."""
    row, rest, options = split(url)
    return _make(_module(row).Worker, row, rest, options)


def _make(end, row, rest, options):
    codec = options.pop("codec", "json")
    unknown = sorted(set(options).difference(end.takes)) if end.takes is not None else ()
    if unknown:
        known = ", ".join(sorted(("codec",) + end.takes))
        raise errors.Unusable("a URL of {} takes {}, not {}".format(row.scheme, known, ", ".join(unknown)))
    wire = end(rest, dict(options, scheme=row.scheme))
    wire.codec = codec
    return wire


def _module(row):
    # The name comes from the catalog, never from a URL.
    try:
        return importlib.import_module("transports.wires." + row.module)
    except ImportError as error:
        advice = "start it by an interpreter that has it (docs/transports.md, A worker)"
        raise errors.Unusable("{} cannot be used by this interpreter: {}; {}".format(row.scheme, error, advice))
