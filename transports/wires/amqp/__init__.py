# Run by the interpreter under test (Python 2.7 upward).
"""The wire over an AMQP 0-9-1 broker (RabbitMQ): frames travel through one durable queue, results come back through the
client's own.

    client --> exchange runoff.tasks, key QUEUE.CLIENT --> queue runoff.tasks.QUEUE (quorum) --> worker
    worker --> exchange runoff.replies, key CLIENT --> queue runoff.reply.CLIENT --> client
    given up by the broker --> exchange runoff.dead, same key --> queue runoff.dead (kept), and the client's own

Accepted means on the broker's disk: every message is persistent and confirmed. A worker publishes its results, sees
them confirmed, then acknowledges the tasks: what is lost in between is run again, and the session drops the duplicate.

With ``durable=no`` in the URL nothing is on a disk (classic queues, transient messages), so nothing counts as accepted:
the session sends all of it again when the link breaks, and the rest of the promise is kept. A worker acknowledges right
behind its results, since one connection keeps their order. A classic queue does not count how often it hands out a
frame. A frame that comes a second time may have killed a worker: it is not run but goes back to its client, which does
count.

    not run a second time --> exchange runoff.returned, same key --> the client's own
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from transports.wires.amqp.client import Client
from transports.wires.amqp.worker import Worker

__all__ = ["Client", "Worker"]
