# Run by the driver (Python 3.9 upward).
"""The contenders over RabbitMQ, for the table of transport_speed: by hand with no promise, and ours with all of it."""

from __future__ import annotations

from bench.broker import Broker
from bench.contender import NONE, Contender
from transports import catalog

RAW = "raw pika, transient queue, JSON"
RAW_DURABLE = "raw pika, quorum queue, persistent, JSON"


def contenders(broker: Broker, tasks: int) -> list[Contender]:
    """Two pairs: what is kept in memory against a raw loop that keeps nothing, what is kept on disk against one that
    writes every message to the same kind of queue; so the promise is priced apart from the disk. Fewer tasks for those
    that take longer over them."""

    def raw(name: str, queue: str, *kind: str) -> Contender:
        module = "transports.raw_amqp"
        serve = (module, "serve", broker.admin, "--queue", queue, *kind)
        ask = (module, "ask", broker.admin, "--queue", queue, "--window", "100", *kind)
        return Contender(name, NONE, serve, ask, tasks // 4, name)

    def ours(name: str, durable: bool, against: str) -> Contender:
        client, worker = (url if durable else _transient(url) for url in (broker.client, broker.worker))
        serve = ("transports.worker", worker, "--kind", "thread")
        ask = ("transports.asking", client, "--window", "4000")
        return Contender(name, ", ".join(catalog.guarantees("amqp", durable)), serve, ask, 2 * tasks, against)

    return [
        raw(RAW, "raw.transient"),
        ours("amqp, durable=no, thread", False, RAW),
        raw(RAW_DURABLE, "raw.quorum", "--durable"),
        ours("amqp, thread", True, RAW_DURABLE),
    ]


def _transient(url: str) -> str:
    return url + ("&" if "?" in url else "?") + "durable=no"
