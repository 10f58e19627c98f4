# Run by the driver (Python 3.9 upward).
"""The contenders over RabbitMQ: raw pika without guarantees, and ours with all guarantees."""

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
    """Yield the common part of the queues' names; delete these queues afterwards."""
    name = f"speed-{secrets.token_hex(8)}"
    try:
        yield name
    finally:
        broker.delete([f"runoff.tasks.{name}", f"runoff.tasks.{name}-transient", *_raw_queues(name)])


def _raw_queues(name: str) -> tuple[str, str]:
    return f"runoff.raw.{name}-transient", f"runoff.raw.{name}-quorum"


def contenders(broker: Broker, tasks: int, queue: str) -> list[Contender]:
    """Return two pairs of (raw, ours): one with tasks in memory, one with tasks on the broker's disk.

    Both sides of a pair use the same kind of queue, so that the ratio prices the guarantees without the disk. The
    slower contenders get fewer ``tasks``. ``queue`` comes from ``queues``.
    """
    transient, quorum = _raw_queues(queue)

    def raw(name: str, queue: str, *kind: str) -> Contender:
        module = "contenders.raw_amqp"
        serve = (module, "serve", broker.one, "--queue", queue, *kind)
        ask = (module, "ask", broker.one, "--queue", queue, "--window", "100", *kind)
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
