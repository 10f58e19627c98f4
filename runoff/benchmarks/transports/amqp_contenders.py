# Run by the driver (Python 3.9 upward).
"""The contenders over RabbitMQ, for the table of transport_speed: by hand with no promise, and ours with all of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from runoff.benchmarks.transports.contender import NONE, Contender
from runoff.services.rabbitmq import Broker
from transports import catalog

RAW = "raw pika, transient queue, JSON"
RAW_DURABLE = "raw pika, quorum queue, persistent, JSON"


@contextmanager
def queues(broker: Broker) -> Iterator[str]:
    """What the names of the contenders' queues have in common; those are gone afterwards, with what is in them."""
    name = f"speed-{secrets.token_hex(8)}"
    try:
        yield name
    finally:
        broker.delete([f"runoff.tasks.{name}", f"runoff.tasks.{name}-transient", *_raw_queues(name)])


def _raw_queues(name: str) -> tuple[str, str]:
    return f"runoff.raw.{name}-transient", f"runoff.raw.{name}-quorum"


def contenders(broker: Broker, tasks: int, queue: str) -> list[Contender]:
    """Two pairs: what is kept in memory against a raw loop that keeps nothing, what is kept on disk against one that
    writes every message to the same kind of queue; so the promise is priced apart from the disk. Fewer tasks for those
    that take longer over them. ``queue``: see ``queues``."""
    transient, quorum = _raw_queues(queue)

    def raw(name: str, queue: str, *kind: str) -> Contender:
        module = "contenders.raw_amqp"
        serve = (module, "serve", broker.admin, "--queue", queue, *kind)
        ask = (module, "ask", broker.admin, "--queue", queue, "--window", "100", *kind)
        return Contender(name, NONE, serve, ask, tasks // 4, name)

    def ours(name: str, durable: bool, against: str) -> Contender:
        options = f"queue={queue}" if durable else f"queue={queue}&durable=no"
        client, worker = (f"{url}{'&' if '?' in url else '?'}{options}" for url in (broker.client, broker.worker))
        serve = ("transports.worker", worker, "--kind", "thread")
        ask = ("contenders.closed_loop", client, "--window", "4000")
        return Contender(name, ", ".join(catalog.guarantees("amqp", durable)), serve, ask, 2 * tasks, against)

    return [
        raw(RAW, transient),
        ours("amqp, durable=no, thread", False, RAW),
        raw(RAW_DURABLE, quorum, "--durable"),
        ours("amqp, thread", True, RAW_DURABLE),
    ]
