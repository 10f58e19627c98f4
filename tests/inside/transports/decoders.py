# Run by tests/inside, by pytest and by tests/fuzz (Python 2.7 upward).
"""All that reads what a stranger wrote, as functions of one frame that return a verdict on it, the same everywhere.

They raise what is a defect. tests/inside/transports/corpus has a file of frames for each; tests/fuzz makes them.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections
import struct

from transports import session, task_service
from transports.errors import Refused
from transports.executors import run_job
from transports.messages import codec_table, json_codec
from transports.wires import base

NOW_NS = 10**9
#: The id of the one task that a client waits for.
IDENTITY = "abcdefgh"


def counted(kind, words):
    """Return "KIND word*times ..."."""
    return " ".join([kind] + ["{}*{}".format(*each) for each in sorted(collections.Counter(words).items())])


def envelope(frame):
    """Read a frame, and each task and each result in it."""
    try:
        tree = json_codec.decode(frame, codec_table.spoken())
    except Refused as refusal:
        return refusal.code
    words = []
    for item in tree.get("tasks", ()):
        refusal = json_codec.task_refusal(item)
        words.append("ok" if refusal is None else refusal[0])
    words += ["ok" if json_codec.result_refusal(item) is None else "refused" for item in tree.get("results", ())]
    return counted(tree["kind"], words)


class Immediate(object):
    """An executor that runs a task as soon as it is there."""

    concurrency = 1

    def begin(self, service):
        self._service = service

    def put(self, jobs):
        for job in jobs:
            result, _ = run_job.perform(self._service.functions[job.name], job, lambda: NOW_NS)
            self._service.finish(job, result)

    def eager(self):
        return False

    def work(self):
        pass

    def abandon(self, job):
        pass


class Stage(base.WorkerWire):
    """A wire with the arrivals that it was given; it keeps the replies."""

    def __init__(self, arrivals):
        base.WorkerWire.__init__(self, "", {})
        self._arrivals = arrivals
        self.frames = []
        self.settled = []

    def receive(self, timeout_s):
        arrivals, self._arrivals = self._arrivals, []
        return arrivals

    def reply(self, sender, frame, tokens=()):
        self.frames.append(frame)
        self.settled += [base.DONE] * len(tokens)
        return True

    def settle(self, token, outcome):
        self.settled.append(outcome)


def _echo(*args, **kwargs):
    return [args, kwargs]


def worker(frame, redeliveries=0):
    """Give a frame to a worker; what it settles is one frame."""
    wire = Stage([base.Arrival("stranger", frame, "token", redeliveries)])
    functions = {"noop": lambda number=0: number, "echo": _echo}
    service = task_service.Service(wire, functions, Immediate(), now_ns=lambda: NOW_NS, isolated=Immediate())
    service.take(0.0)
    service.keep()
    words = list(wire.settled)
    for reply in wire.frames:
        tree = json_codec.decode(reply, codec_table.spoken())
        words.append(tree["error"]["code"] if tree["kind"] == "error" else tree["kind"])
        for item in tree.get("results", ()):
            problem = json_codec.result_refusal(item)
            assert problem is None, problem
            words.append(item["error"]["code"] if "error" in item else item["status"])
    assert len(wire.settled) <= 1
    assert service.idle() or not wire.settled
    return counted("worker", words)


class Script(base.ClientWire):
    """A wire with one lane, whose events are given."""

    def __init__(self):
        base.ClientWire.__init__(self, "", {})
        self.lane = base.Lane("worker")
        welcome = json_codec.control("welcome", worker={}, credit=10, concurrency=1, codec="json")
        self.events = [(base.UP, self.lane, None), (base.FRAME, self.lane, welcome)]

    def open(self):
        pass

    def send(self, lane, frame, ids=()):
        pass

    def poll(self, timeout_s):
        events, self.events = self.events, []
        return events


def client(frame, event=base.FRAME):
    """Give a frame to a client that waits for one task."""
    wire = Script()
    waits = session.Session(wire, now_ns=lambda: NOW_NS, seed=1).open()
    waits._ids = lambda: IDENTITY.encode("ascii")
    waits.submit("noop", [1])
    waits.poll()
    assert waits._table[IDENTITY].held_by is not None
    wire.events.append((event, wire.lane, frame))
    words = []
    for outcome in waits.poll():
        words.append("ok" if outcome.error is None else outcome.error["code"])
    words += [name for name in ("refused", "unknown", "retried", "released", "refused-by-peer") if waits.counts[name]]
    assert waits.pending() + len(waits._requests.finished) == 1
    return counted("client", words)


def _amqp_ends():
    """Return (worker's end, client's end) of AMQP, which connect to nothing, and the link's connection."""
    from transports.wires.amqp import client as amqp_client
    from transports.wires.amqp import link as amqp_link
    from transports.wires.amqp import worker as amqp_worker

    ends = []
    for end in (amqp_worker.Worker, amqp_client.Client):
        made = end("//guest:guest@127.0.0.1/", {"scheme": "amqp"})
        made._link.close(0.0)
        ends.append(made)
    return ends + [amqp_link._Connection]


class Delivered(object):
    delivery_tag = 1
    redelivered = True


def properties(frame):
    """Read a message's properties, and give them to a worker and to a client."""
    ends = properties.__dict__.get("ends") or properties.__dict__.setdefault("ends", _amqp_ends())
    of_worker, of_client, kind = ends
    connection = kind.__new__(kind)
    payload = struct.pack(str(">HHQ"), 60, 0, 0) + frame
    connection._frame_buffer = struct.pack(str(">BHL"), 2, 1, len(payload)) + payload + b"\xce"
    size, header = connection._read_frame()
    assert size == len(connection._frame_buffer)
    body = json_codec.control("tasks", client="c", tasks=[{"id": IDENTITY, "name": "noop", "attempt": 1}])
    of_worker.arrived(Delivered, header.properties, body)
    arrivals, of_worker._arrivals = of_worker._arrivals, []
    words = [worker(arrival.frame, arrival.redeliveries) for arrival in arrivals]
    del of_client._events[:]
    of_client.arrived(Delivered, header.properties, body)
    for event, _lane, content in of_client._events:
        words.append(client(content, event))
    return " ".join(words)


DECODERS = collections.OrderedDict(
    [("json", envelope), ("msgpack", envelope), ("worker", worker), ("client", client), ("properties", properties)]
)
