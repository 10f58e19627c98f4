# Run by pytest (Python 3.9 upward).
"""Private brokers of the tests, and queues that one test has to itself on a broker that others use as well."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pika
import pika.exceptions

from runoff.common.guard import Guard
from runoff.services.rabbitmq import Broker
from runoff.services.rabbitmq_node import Node
from transports.wires.amqp import queues

_numbers = itertools.count(1)


@contextmanager
def private_node(**options: Any) -> Iterator[Node]:
    """Start a node with the ``options`` of Node and yield it; leave nothing of it."""
    guard = Guard()
    node = Node(guard, **options)
    try:
        node.start()
        yield node
    finally:
        node.stop()
        guard.close()


def broker_of(node: Node) -> Broker:
    """Return ``node`` as the driver knows a broker."""
    return Broker(node.url("client"), node.url("worker"), "the tests' own", node)


@contextmanager
def channel_to(node: Node) -> Iterator[Any]:
    """Yield a channel of the administrator."""
    connection = pika.BlockingConnection(pika.URLParameters(node.url("admin")))
    try:
        yield connection.channel()
    finally:
        with suppress(pika.exceptions.AMQPError):  # the broker may have closed it
            connection.close()


@contextmanager
def own_queue(node: Node, owner: str) -> Iterator[str]:
    """Yield the name of a queue that nobody else uses, which begins with ``owner``; delete it afterwards.

    Deletes as well the queue of that name in memory, the replies to a client of that name, and all dead letters.
    """
    name = f"{re.sub('[^a-z0-9]+', '-', owner.lower())}-{next(_numbers)}"  # a dot would be two words of the key
    try:
        yield name
    finally:
        with suppress(pika.exceptions.AMQPError, OSError), channel_to(node) as channel:  # it may have been killed
            for tasks in (name, name + queues.TRANSIENT):
                channel.queue_delete(queues.task_queue(tasks))
            channel.queue_delete(queues.reply_queue(name))
            channel.queue_purge(queues.DEAD)


def left_on(node: Node) -> list[str]:
    """Return the queues that are there.

    The one of dead letters belongs to nobody. Replies to a client that could not say that it leaves expire.
    """
    mine = queues.reply_queue("")
    return sorted(name for name in node.queues() if name != queues.DEAD and not name.startswith(mine))
