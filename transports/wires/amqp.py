# Run by the interpreter under test (Python 2.7 upward).
"""The wire over an AMQP 0-9-1 broker (RabbitMQ): frames travel through one durable queue, results come back through the
client's own.

    client --> exchange runoff.tasks, key QUEUE.CLIENT --> queue runoff.tasks.QUEUE (quorum) --> worker
    worker --> exchange runoff.replies, key CLIENT --> queue runoff.reply.CLIENT --> client
    given up by the broker --> exchange runoff.dead, same key --> queue runoff.dead (kept), and the client's own

Accepted means on the broker's disk: every message is persistent and confirmed. A worker publishes its results, sees
them confirmed, then acknowledges the tasks: what is lost in between is run again, and the session drops the double.

With ``durable=no`` in the URL nothing is on a disk (classic queues, transient messages), so nothing counts as accepted:
the session sends all of it again when the link breaks, and the rest of the promise is kept. A worker acknowledges right
behind its results, since one connection keeps their order. Nobody counts how often a classic queue hands out a frame:
one that comes a second time killed a worker, perhaps, and is not run but goes back to its client, which does count.

    not run a second time --> exchange runoff.returned, same key --> the client's own
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import binascii
import logging
import os

from compat import clock, text
from transports import errors, redaction
from transports.wires import base
from transports.wires.amqp_link import Link, UnreadableProperties

log = logging.getLogger("runoff.transports")

TASKS, REPLIES, DEAD, RETURNED = "runoff.tasks", "runoff.replies", "runoff.dead", "runoff.returned"
#: Behind the name of a queue that is not durable: a queue cannot change its kind, and both can be in use.
TRANSIENT = "-transient"
#: Frames of tasks published and not confirmed. Few, so that tasks wait here (and travel together) rather than in the
#: broker, and enough for small frames of long tasks; 4, 16 and 32 differed less than the noise.
WINDOW = 16
#: Bytes that wait in this process for the socket: with more, tasks wait in the session. This is all that a queue in
#: memory needs: its confirms would say nothing, and wake the client once more for every frame.
UNSENT_BYTES = 4 * 1024 * 1024
#: Frames of results published and not confirmed: what is finished meanwhile travels as one frame.
REPLY_WINDOW = 4
#: The same for frames that settle nothing: a refused frame's error is told once, and not if it would have to wait.
ERROR_WINDOW = 64
#: Tasks that a client may have in the queue.
CREDIT = 4096
#: Messages (frames) that a worker holds: those it runs, those whose results are not confirmed yet, and one to follow. A
#: worker that is lost costs all of them an attempt, and nobody else can take them meanwhile.
HELD_BESIDES = REPLY_WINDOW + 1
#: Messages of results that a client holds unacknowledged: never 0, which would be no limit.
REPLIES_HELD = 256
#: How often the broker may hand out a message again before it is dead: RabbitMQ's own default from 4.0 on.
DELIVERY_LIMIT = 20
#: RabbitMQ's own default of its consumer_timeout, in seconds: a worker that has not acknowledged a message for so long
#: loses its channel, all that it held is handed out again, and that would go on for ever. Deadlines end before it.
CONSUMER_TIMEOUT_S = 1800
CONSUMER_GRACE_S = 60
#: A reply queue whose client does not come back within this is deleted.
REPLIES_KEPT_MS = 600 * 1000
LOOK_EVERY_S = 2.0
#: Different sentences that an end logs.
MOST_SAID = 100
#: A quorum queue's name is on disk half a second after the queue is (ra_directory's auto_save); a broker killed before
#: that forgets the queue and what it had confirmed, so nothing counts as accepted until then.
YOUNG_S = 1.0


class _End(object):
    """What both ends share: the URL, the link, and what waits to be confirmed."""

    def __init__(self, url, options):
        scheme = options.pop("scheme")
        self.url = self.address = redaction.hidden(scheme + ":" + url)
        durable = options.pop("durable", "yes")
        if durable not in ("yes", "no"):
            raise errors.Unusable("durable is yes or no")
        self.durable = durable == "yes"
        self.queue = options.pop("queue", "default") + ("" if self.durable else TRANSIENT)
        self.name = options.pop("client", None) or binascii.hexlify(os.urandom(16)).decode("ascii")
        self._delivery_limit = _whole(options, "delivery_limit", DELIVERY_LIMIT)
        self.most_deadline_s = _whole(options, "consumer_timeout", CONSUMER_TIMEOUT_S) - CONSUMER_GRACE_S
        tls = None
        if scheme == "amqps":
            tls = {name: options.pop(name) for name in ("ca", "certificate", "key") if name in options}
        if options:
            unknown = ", ".join(sorted(options))
            raise errors.Unusable(
                "an AMQP URL takes queue, client, durable, codec, delivery_limit, consumer_timeout (amqps: ca,"
                " certificate, key as well), not {}".format(
                    "what stands before an @: " + redaction.ADVICE if "@" in unknown else unknown
                )
            )
        self.options = {}
        self._link = Link(scheme + ":" + url, tls, self, self.durable)
        self._unconfirmed = {}  # {number of the publish: what it carried}
        self._said = set()

    @property
    def task_queue(self):
        return "{}.{}".format(TASKS, self.queue)

    def open(self):
        self._link.connect()

    def close(self):
        self._link.close(0.8)

    def confirmed(self, number, multiple, accepted):
        numbers = [each for each in self._unconfirmed if each <= number] if multiple else [number]
        for each in sorted(numbers):
            if each in self._unconfirmed:
                self.through(self._unconfirmed.pop(each), accepted)

    def returned(self, properties, why):
        pass

    def link_blocked(self, why):
        self._say_once("the broker takes nothing now: {}; what is to be sent waits until that is over".format(why))

    def link_unblocked(self):
        pass

    def _say_once(self, sentence):
        if sentence not in self._said and len(self._said) < MOST_SAID:
            self._said.add(sentence)
            log.warning("%s (said once)", sentence)

    def _check(self):
        """Raise where a broker refused us, since it will refuse again."""
        if self._link.refused:
            raise errors.Unusable(
                "the broker refuses this user: {}; correct the user, the password or the virtual host in the URL, or "
                "give the user rights there".format(self._link.refused)
            )


def _whole(options, name, otherwise):
    """Take the whole number under ``name`` out of a URL's ``options``."""
    try:
        return int(options.pop(name, otherwise))
    except ValueError:
        raise errors.Unusable("{} is a whole number".format(name))


class Client(_End, base.ClientWire):
    """One lane: the queue. It is up when queue, reply queue and bindings are there."""

    greets = False

    def __init__(self, url, options):
        _End.__init__(self, url, options)
        self._lane = base.Lane(self.queue)
        self._lane.credit = CREDIT
        self._lane.shared = True
        self._key = "{}.{}".format(self.queue, self.name)
        self._events = []
        self._returned = set()  # message ids that came back: their confirms mean nothing
        self._number = 0
        self._young = []  # what was confirmed while the queue was too young to count
        self._young_until = 0
        self._was_up = False
        self._last_tag = 0
        self._mending = False

    # --- the seam ----------------------------------------------------------------------------------------------------

    def send(self, lane, frame, ids=()):
        if not lane.ready or self._link.blocked or self._is_full():
            raise errors.Busy()
        self._number += 1
        number = self._link.publish(
            TASKS, self._key, frame, mandatory=True, reply_to=self.name, message_id="{}".format(self._number)
        )
        if self.durable:
            self._unconfirmed[number] = (self._number, ids)

    def _is_full(self):
        if self.durable:
            return len(self._unconfirmed) >= WINDOW
        return self._link.unsent_bytes() >= UNSENT_BYTES

    def poll(self, timeout_s):
        if not self._events:
            self._link.run(timeout_s, self._events)
            self._check()
        if self._last_tag and self._link.channel is not None:
            # They are in this process now: one acknowledgement for all of them.
            self._link.channel.basic_ack(self._last_tag, multiple=True)
            self._last_tag = 0
        events, self._events[:] = list(self._events), []
        return events

    def close(self):
        if self._link.channel is not None:  # nobody asks for these any more
            self._link.channel.queue_delete("runoff.reply." + self.name)
        _End.close(self)

    def drain(self, deadline_s):
        until = clock.now_ns() + int(deadline_s * 1e9)
        while self._unconfirmed and clock.now_ns() < until:
            waited = []
            self._link.run(min(0.05, deadline_s), waited)
        return not self._unconfirmed

    # --- what the link says ------------------------------------------------------------------------------------------

    def link_up(self):
        self._last_tag = 0
        self._mending = False
        if self._was_up:
            # If the queue is not there now, everything that was accepted has gone with it.
            self._link.look_for(self.task_queue, self._declare, self._missing)
        else:
            self._declare()

    def _missing(self):
        self._grow_up()
        self._events.append((base.QUEUE_LOST, self._lane, "the queue {} was deleted".format(self.task_queue)))
        self._declare()

    def _declare(self):
        mine = "runoff.reply." + self.name
        # The transient queue's name is on disk as well, since RabbitMQ 4 is to lose the others; what is in it is not.
        durable = {"durable": True}
        # Said, since a virtual host may have another type by default from RabbitMQ 4 on.
        classic = {"x-queue-type": "classic"}
        tasks = dict(classic, **{"x-dead-letter-exchange": RETURNED})
        if self.durable:
            tasks = {
                "x-queue-type": "quorum",
                "x-delivery-limit": self._delivery_limit,
                "x-dead-letter-exchange": DEAD,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            }
        steps = [
            ("exchange_declare", dict(durable, exchange=TASKS, exchange_type="topic")),
            ("exchange_declare", dict(durable, exchange=REPLIES, exchange_type="direct")),
            ("exchange_declare", dict(durable, exchange=DEAD, exchange_type="topic")),
            ("exchange_declare", dict(durable, exchange=RETURNED, exchange_type="topic")),
            ("queue_declare", dict(durable, queue=DEAD, arguments={"x-queue-type": "quorum"})),
            ("queue_bind", dict(queue=DEAD, exchange=DEAD, routing_key="#")),
            ("queue_declare", dict(durable, queue=mine, arguments=dict(classic, **{"x-expires": REPLIES_KEPT_MS}))),
            ("queue_bind", dict(queue=mine, exchange=REPLIES, routing_key=self.name)),
            ("queue_bind", dict(queue=mine, exchange=DEAD, routing_key="*." + self.name)),
            ("queue_bind", dict(queue=mine, exchange=RETURNED, routing_key="*." + self.name)),
            ("queue_declare", dict(durable, queue=self.task_queue, arguments=tasks)),
            ("queue_bind", dict(queue=self.task_queue, exchange=TASKS, routing_key=self.queue + ".*")),
        ]
        self._link.in_order(steps, self._ready)

    def _ready(self):
        if not self._was_up:
            self._grow_up()
            self._was_up = True
        self._link.settled()
        self._link.consume("runoff.reply." + self.name, REPLIES_HELD if self.durable else None)
        if not self._lane.ready:
            self._lane.ready = True
            self._events.append((base.UP, self._lane, None))
        self._link.later(LOOK_EVERY_S, self._look(self._link.epoch))

    def _look(self, epoch):
        """Check now and then that the queue exists: a client that publishes nothing would not notice."""

        def look():
            if epoch == self._link.epoch and self._link.channel is not None:
                self._link.look_for(self.task_queue, lambda: self._link.later(LOOK_EVERY_S, look), self._deleted)

        return look

    def _deleted(self):
        self._link.reopen("the queue {} was deleted".format(self.task_queue))

    def _grow_up(self):
        """Hold back confirmed tasks until a new queue is old enough to survive a broker's restart."""
        self._young_until = clock.now_ns() + int(YOUNG_S * 1e9)
        self._link.later(YOUNG_S, self._grown)

    def _grown(self):
        if clock.now_ns() >= self._young_until and self._young:
            ids, self._young = self._young, []
            self._events.append((base.ACCEPTED, self._lane, ids))

    def link_down(self, why):
        for number, ids in self._unconfirmed.values():
            if number in self._returned:  # its confirm was still on its way
                self._events.append((base.UNROUTABLE, self._lane, ids))
        self._unconfirmed.clear()  # the session knows that they were not accepted
        self._returned.clear()
        self._young = []
        self._lane.ready = False
        self._events.append((base.DOWN, self._lane, why))  # of a lane that never came up as well: it says why

    def link_blocked(self, why):
        _End.link_blocked(self, why)
        self._events.append((base.BLOCKED, self._lane, "the broker takes nothing now: {}".format(why)))

    def returned(self, properties, why):
        """Declare queue and binding again, and resend the tasks in flight, since no queue accepted this one."""
        self._returned.add(int(properties.message_id))
        if not self._mending:
            self._mending = True  # once its confirm, which follows, has been heard
            self._link.later(0, lambda: self._link.reopen("unroutable: {}".format(why)))

    def through(self, carried, accepted):
        number, ids = carried
        if not accepted or number in self._returned:
            self._events.append((base.UNROUTABLE, self._lane, ids))
        elif clock.now_ns() < self._young_until:
            self._young.extend(ids)
        else:
            self._events.append((base.ACCEPTED, self._lane, ids))

    def arrived(self, method, properties, body):
        if self.durable:
            self._last_tag = method.delivery_tag
        why = _reason_of_death(properties.headers)
        if why:
            if not self.durable:
                why += ": its worker was lost, or refused it"
            self._events.append((base.GIVEN_UP, self._lane, (body, why)))
        else:
            self._events.append((base.FRAME, self._lane, body))

    def cancelled(self):
        self._link.reopen("the reply queue was deleted")


def _reason_of_death(headers):
    """Return why the broker gave a message up, or None for one that it did not, or whose headers are forged."""
    try:
        reason = headers["x-death"][0]["reason"]
    except (KeyError, IndexError, TypeError):
        return None
    return reason if isinstance(reason, text.text_type) else None


class Worker(_End, base.WorkerWire):
    """Takes frames off the queue. A token is (epoch of the link, delivery tag)."""

    beats = False

    #: A frame is a dozen of AMQP's, to and from the broker, and with a disk behind it: twice as many results share one.
    result_age_ns = 2 * base.WorkerWire.result_age_ns

    def __init__(self, url, options):
        _End.__init__(self, url, options)
        self._arrivals = []
        self._prefetch = 1
        self._consumer = None
        self._woken = []
        self._why_down = "not connected to the broker yet"

    # --- the seam ----------------------------------------------------------------------------------------------------

    def receive(self, timeout_s):
        if not self._arrivals:
            del self._woken[:]
            self._link.run(timeout_s, self._woken)
            self._check()
        arrivals, self._arrivals = self._arrivals, []
        return arrivals

    def watch(self, descriptor):
        self._link.watch(descriptor, lambda: self._woken.append(True))

    def unwatch(self, descriptor):
        self._link.unwatch(descriptor)

    def reply(self, sender, frame, tokens=()):
        if sender is None:
            self._acknowledge(tokens)
            return True
        window = REPLY_WINDOW if tokens else ERROR_WINDOW
        if self._link.channel is None or self._link.blocked or len(self._unconfirmed) >= window:
            raise errors.Busy()
        number = self._link.publish(REPLIES, sender, frame)
        if self.durable:
            self._unconfirmed[number] = tokens
        else:
            self._acknowledge(tokens)
        return True  # whether its client is still there, the broker alone knows

    def settle(self, token, outcome):
        epoch, tag = token
        if epoch != self._link.epoch or self._link.channel is None:
            return  # the broker has given it to another worker when the link went
        if outcome == base.DONE:
            self._link.channel.basic_ack(tag)
        else:
            self._link.channel.basic_reject(tag, requeue=outcome == base.RELEASE)

    def away(self):
        if self._link.channel is None:
            return "no link to the broker: {}".format(self._why_down)
        return "the broker takes no results now: it is short of memory or disk" if self._link.blocked else None

    def reconnects(self):
        return max(0, self._link.epoch - 1)

    def credit(self, tasks):
        """Limit the frames to this many: a frame holds one task or more, and other workers get the rest."""
        prefetch = min(tasks, self.concurrency + HELD_BESIDES)
        if prefetch != self._prefetch:
            self._prefetch = prefetch
            if self._link.channel is not None:
                self._consume()

    def drain(self, deadline_s):
        self.credit(0)
        until = clock.now_ns() + int(deadline_s * 1e9)
        while self._unconfirmed and clock.now_ns() < until:
            del self._woken[:]
            self._link.run(min(0.05, deadline_s), self._woken)
        return not self._unconfirmed

    # --- what the link says ------------------------------------------------------------------------------------------

    def link_up(self):
        self._consumer = None
        self._consume()

    def _consume(self):
        if self._consumer is not None:
            self._link.channel.basic_cancel(self._consumer)
            self._consumer = None
        if self._prefetch:
            self._consumer = self._link.consume(self.task_queue, self._prefetch)

    def link_down(self, why):
        self._unconfirmed.clear()  # the tasks are handed out again; what was replied twice is dropped by the client
        self._arrivals = []
        self._why_down = why
        self._say_once("no tasks from the broker: {}".format(why))

    def link_unblocked(self):
        self._woken.append(True)

    def arrived(self, method, properties, body):
        self._link.settled()
        token = (self._link.epoch, method.delivery_tag)
        if isinstance(properties, UnreadableProperties):
            self._say_once("a message was rejected: its properties cannot be read")
            self.settle(token, base.REJECT)
            return
        if method.redelivered and not self.durable:
            self.settle(token, base.REJECT)
            return
        redeliveries = (properties.headers or {}).get("x-delivery-count") if method.redelivered else 0
        if not isinstance(redeliveries, text.integer_types):  # pika's own are of a type derived from these
            redeliveries = 0
        self._arrivals.append(base.Arrival(properties.reply_to, body, token, redeliveries))
        self._woken.append(True)

    def through(self, tokens, accepted):
        if accepted:
            self._acknowledge(tokens)
        else:
            for token in tokens:
                self.settle(token, base.RELEASE)
        self._woken.append(True)

    def _acknowledge(self, tokens):
        for token in tokens:
            self.settle(token, base.DONE)

    def cancelled(self):
        self._link.reopen(
            "the queue was deleted, or the broker took back a frame held longer than its consumer_timeout"
        )
