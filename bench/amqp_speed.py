# Run by the driver (Python 3.9 upward).
"""The contenders over RabbitMQ, for the table of transport_speed: by hand with no promise, and ours with all of it."""

from __future__ import annotations

from bench.broker import Broker
from bench.contender import NONE, Contender
from transports import catalog

RAW = "raw pika, transient queue, JSON"


def contenders(broker: Broker, tasks: int) -> list[Contender]:
    """All of them; ratios are taken against ``RAW``. The second stands on the same kind of queue as ours, without a
    promise all the same: what the queue itself costs. Fewer tasks for those that take longer over them."""

    def raw(name: str, queue: str, guarantees: str, *kind: str) -> Contender:
        module = "transports.raw_amqp"
        serve = (module, "serve", broker.admin, "--queue", queue, *kind)
        ask = (module, "ask", broker.admin, "--queue", queue, "--window", "100")
        return Contender(name, guarantees, serve, ask, tasks // 4, RAW)

    return [
        raw(RAW, "raw.transient", NONE),
        raw("raw pika, quorum queue, JSON", "raw.quorum", NONE, "--quorum"),
        Contender(
            "amqp, thread",
            ", ".join(catalog.by_scheme()["amqp"].guarantees),
            ("transports.worker", broker.worker, "--kind", "thread"),
            ("transports.asking", broker.client, "--window", "4000"),
            2 * tasks,
            RAW,
        ),
    ]
