# Run by the interpreter under test (Python 2.7 upward).
"""The exchanges and queues of the AMQP wire: their names, their limits, and how a client declares them."""

from __future__ import absolute_import, division, print_function, unicode_literals

TASKS, REPLIES, DEAD, RETURNED = "runoff.tasks", "runoff.replies", "runoff.dead", "runoff.returned"
#: Behind the name of a queue that is not durable: a queue cannot change its kind, and both can be in use.
TRANSIENT = "-transient"
#: How often the broker may hand out a message again before it gives it up: RabbitMQ's own default from 4.0 on.
DELIVERY_LIMIT = 20
#: A reply queue whose client does not come back within this is deleted.
REPLIES_KEPT_MS = 600 * 1000


def task_queue(queue):
    """Return the name of the queue that holds the tasks of ``queue``."""
    return "{}.{}".format(TASKS, queue)


def reply_queue(client):
    """Return the name of the queue that holds the results of a client."""
    return "runoff.reply." + client


def way_back(client):
    """Return what results need to come to a client whose reply queue is there, for ``Link.in_order``."""
    return [
        ("exchange_declare", dict(exchange=REPLIES, exchange_type="direct", durable=True)),
        ("queue_bind", dict(queue=reply_queue(client), exchange=REPLIES, routing_key=client)),
    ]


def declarations(queue, client, durable, delivery_limit, clustered):
    """Return what a client declares, for ``Link.in_order``.

    Before one broker results wait in a classic queue. In a cluster that would go away with the broker that holds it.
    """
    # The transient queue's name is on disk as well, since RabbitMQ 4 is to lose the others; what is in it is not.
    kept = {"durable": True}
    # Named, since from RabbitMQ 4 on a virtual host may have another type by default.
    classic = {"x-queue-type": "classic"}
    tasks = dict(classic, **{"x-dead-letter-exchange": RETURNED})
    if durable:
        tasks = {
            "x-queue-type": "quorum",
            "x-delivery-limit": delivery_limit,
            "x-dead-letter-exchange": DEAD,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
    replies = reply_queue(client)
    results = {"x-queue-type": "quorum" if clustered else "classic", "x-expires": REPLIES_KEPT_MS}
    replies_exchange, replies_bind = way_back(client)
    return [
        ("exchange_declare", dict(kept, exchange=TASKS, exchange_type="topic")),
        replies_exchange,
        ("exchange_declare", dict(kept, exchange=DEAD, exchange_type="topic")),
        ("exchange_declare", dict(kept, exchange=RETURNED, exchange_type="topic")),
        ("queue_declare", dict(kept, queue=DEAD, arguments={"x-queue-type": "quorum"})),
        ("queue_bind", dict(queue=DEAD, exchange=DEAD, routing_key="#")),
        ("queue_declare", dict(kept, queue=replies, arguments=results)),
        replies_bind,
        ("queue_bind", dict(queue=replies, exchange=DEAD, routing_key="*." + client)),
        ("queue_bind", dict(queue=replies, exchange=RETURNED, routing_key="*." + client)),
        ("queue_declare", dict(kept, queue=task_queue(queue), arguments=tasks)),
        ("queue_bind", dict(queue=task_queue(queue), exchange=TASKS, routing_key=queue + ".*")),
    ]
