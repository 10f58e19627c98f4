# Read by both halves: data only, imports nothing of ours. Must parse on 2.7.
"""The wires by URL scheme: where each lives, what it needs, and what it guarantees."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

#: scheme: what stands before the colon of a URL. module: in transports/wires/, imported when the wire is used. needs:
#: words of the probe. guarantees: words of GUARANTEES, tested, and printed beside every number. summary: one line.
Wire = collections.namedtuple("Wire", "scheme module needs guarantees summary")

#: What each word promises. Everything else that is promised is the session's and the same over every wire.
GUARANTEES = collections.OrderedDict(
    [
        ("answered", "while the client lives, every task gets one outcome within its deadline and one second"),
        ("deduplicated", "the caller sees one result of a task, however often it ran"),
        ("resent", "the tasks of a worker that is lost go to another one"),
        ("processes", "client and worker can be different processes"),
        ("machines", "client and worker can be on different machines"),
        ("broker", "a process stands in between, so that neither side needs the other's address"),
        ("durable", "an accepted task survives the client and the broker"),
    ]
)

_SESSION = ("answered", "deduplicated", "resent")
_BROKER = _SESSION + ("processes", "broker", "durable")

#: amqp without TLS is refused beyond the loopback interface, so both its ends are on the broker's machine.
WIRES = [
    Wire("memory", "memory", ("threads",), _SESSION, "queues in this process: test double and control group"),
    Wire("zmq+inproc", "zeromq", ("zmq", "threads"), _SESSION, "ZeroMQ between the threads of this process"),
    Wire("zmq+ipc", "zeromq", ("zmq", "fcntl"), _SESSION + ("processes",), "ZeroMQ over a UNIX domain socket"),
    Wire("zmq+tcp", "zeromq", ("zmq",), _SESSION + ("processes", "machines"), "ZeroMQ over TCP"),
    Wire("amqp", "amqp", ("pika",), _BROKER, "RabbitMQ: a durable, replicated queue and publisher confirms"),
    Wire(
        "amqps",
        "amqp",
        ("pika",),
        _BROKER + ("machines",),
        "the same over TLS, the broker's certificate and name checked",
    ),
]

#: Schemes that a person may well try, and why there is no such wire.
REFUSED = {
    "zmq+udp": "libzmq carries UDP for the draft socket types RADIO and DISH only, which neither acknowledge nor "
    "address one peer: no promise can be built on them; use zmq+tcp",
    "udp": "UDP loses messages by design and ZeroMQ carries it for draft socket types only; use zmq+tcp",
}


#: Scenarios that send tasks to other processes and promise nothing.
WITHOUT_PROMISE = ("distributed-plain",)

#: The kinds of worker, and what each needs beyond its wire, in words of the probe.
KIND_NEEDS = {"process": ("fcntl",), "thread": (), "async": ("asyncio",)}


def by_scheme():
    """Return {scheme: row} of WIRES."""
    return collections.OrderedDict((row.scheme, row) for row in WIRES)


def guarantees(scheme, durable=True):
    """Return the guarantees of ``scheme`` as words; a broker that keeps tasks in memory gives one less."""
    return [word for word in by_scheme()[scheme].guarantees if durable or word != "durable"]
