# Run by the interpreter under test (Python 2.7 upward).
"""The worker's end of the AMQP wire."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import clock, text
from transports import errors
from transports.wires import base
from transports.wires.amqp import queues
from transports.wires.amqp.end import End
from transports.wires.amqp.link import UnreadableProperties
from transports.wires.amqp.window import Window

#: Frames of results published and not confirmed, by a broker that is near: what is finished meanwhile travels as one
#: frame.
REPLY_WINDOW = 4
#: The same for frames that settle nothing: a refused frame's error is sent once, and not if it would have to wait.
ERROR_WINDOW = 64
#: Messages (frames) that a worker holds, of a broker that is near: those it runs, those whose results are not confirmed
#: yet, and one to follow. A worker that is lost costs all of them an attempt, and nobody else can take them meanwhile.
HELD_BESIDES = REPLY_WINDOW + 1
#: Round trips between the end of a frame's work and the next one: until its results are confirmed, and until it was
#: acknowledged and another one comes. Without confirms the second alone.
DURABLE_ROUND_TRIPS, TRANSIENT_ROUND_TRIPS = 2, 1
REPLY_ROUND_TRIPS = 1  # between a frame of results and its confirm
GROWTH = 1.25  # of the prefetch at once, or more: each is one consumer more


class Worker(End, base.WorkerWire):
    """Takes frames off the queue. A token is (epoch of the link, delivery tag)."""

    beats = False

    #: A frame is a dozen of AMQP's, to and from the broker, and with a disk behind it: twice as many results share one.
    result_age_ns = 2 * base.WorkerWire.result_age_ns

    def __init__(self, url, options):
        End.__init__(self, url, options)
        self.keeps_tasks = self.durable  # in memory, what comes again goes back to its client as if it were lost
        self._arrivals = []
        self._replies = Window(REPLY_WINDOW, REPLY_ROUND_TRIPS, clock.now_ns())
        self._most_held = None  # frames, whatever rate and delay ask for
        self._consumers = []  # of (tag, its prefetch): those of the present channel, whose prefetches add up
        self._wake_ups = []  # what ends a run of the link
        self._why_down = "not connected to the broker yet"

    # --- the seam ----------------------------------------------------------------------------------------------------

    def receive(self, timeout_s):
        if not self._arrivals:
            del self._wake_ups[:]
            self._link.run(timeout_s, self._wake_ups)
            self._check()
        arrivals, self._arrivals = self._arrivals, []
        return arrivals

    def watch(self, descriptor):
        self._link.watch(descriptor, self._wake)

    def unwatch(self, descriptor):
        self._link.unwatch(descriptor)

    def _wake(self):
        self._wake_ups.append(True)

    def reply(self, sender, frame, tokens=()):
        if sender is None:
            self._acknowledge(tokens)
            return True
        window = self._replies.frames if tokens else ERROR_WINDOW
        if self._link.channel is None or self._link.blocked or len(self._unconfirmed) >= window:
            raise errors.Busy()
        number = self._link.publish(queues.REPLIES, sender, frame)
        if self.durable:
            self._unconfirmed[number] = tokens
            self._replies.moved += 1
        else:
            self._acknowledge(tokens)
        return True  # whether its client is still there, the broker alone knows

    def settle(self, token, outcome):
        epoch, tag = token
        if epoch != self._link.epoch or self._link.channel is None:
            return  # the broker gave it to another worker when the link was lost
        if outcome == base.DONE:
            self._link.channel.basic_ack(tag)
        else:
            self._link.channel.basic_reject(tag, requeue=outcome == base.RELEASE)

    def away(self):
        if self._link.channel is None:
            return "no link to the broker: {}".format(self._why_down)
        if not self._link.is_answered():
            return "the broker does not hand out the tasks of its queue yet"
        return "the broker accepts no results now: it is short of memory or disk" if self._link.blocked else None

    def reconnects(self):
        return max(0, self._link.epoch - 1)

    def credit(self, tasks):
        """Limit the frames to this many: a frame holds one task or more, and other workers get the rest."""
        self._most_held = tasks
        trips = DURABLE_ROUND_TRIPS if self.durable else TRANSIENT_ROUND_TRIPS
        self._window = Window(self.concurrency + HELD_BESIDES, trips, clock.now_ns())
        if tasks == 0:
            self._keep_consumers(0)
        elif self._link.channel is not None:
            self._consume()

    def _prefetch(self):
        return sum(prefetch for _, prefetch in self._consumers)

    def _measured(self, delay_ns, now):
        End._measured(self, delay_ns, now)
        self._replies.measure(delay_ns, now)
        if self._consumers and self._window.frames > GROWTH * self._prefetch():
            self._consume()

    def _rested(self):
        self._keep_consumers(1)

    def _keep_consumers(self, count):
        """End all consumers but the first ``count``. A frame that is on its way to one goes back to the queue."""
        while len(self._consumers) > count:
            self._link.channel.basic_cancel(self._consumers.pop()[0])

    def drain(self, deadline_s):
        self.credit(0)
        until = clock.now_ns() + int(deadline_s * 1e9)
        while self._unconfirmed and clock.now_ns() < until:
            del self._wake_ups[:]
            self._link.run(min(0.05, deadline_s), self._wake_ups)
        return not self._unconfirmed

    # --- what the link reports ---------------------------------------------------------------------------------------

    def link_up(self):
        """Consume on the new channel."""
        self._consume()
        self._measure_later(self._link.epoch)

    def _consume(self):
        """Hold as many frames as the window and the limit permit.

        A consumer keeps its prefetch, and one that is cancelled gives back what is on its way to it, which counts
        toward the delivery limit. So another one is added for what is missing.
        """
        frames = self._window.frames
        missing = (frames if self._most_held is None else min(frames, self._most_held)) - self._prefetch()
        if missing > 0:
            self._consumers.append((self._link.consume(self.task_queue, missing), missing))

    def link_down(self, why):
        """Forget what was taken: the broker hands it out again, and the client drops duplicate results."""
        self._unconfirmed.clear()
        self._arrivals = []
        self._consumers = []
        self._why_down = why
        self._report("no tasks from the broker: {}".format(why))

    def link_unblocked(self):
        """End the run of the link: results may be published again."""
        self._wake()

    def arrived(self, method, properties, body):
        """Take a frame of tasks; without a durable queue, send a redelivered one back to its client."""
        if not self.durable:  # no confirm will come
            self._link.settled()
        self._window.moved += 1
        token = (self._link.epoch, method.delivery_tag)
        if isinstance(properties, UnreadableProperties):
            self._report("a message was rejected: its properties cannot be read")
            self.settle(token, base.REJECT)
            return
        if method.redelivered and not self.durable:
            self.settle(token, base.REJECT)
            return
        redeliveries = (properties.headers or {}).get("x-delivery-count") if method.redelivered else 0
        if not isinstance(redeliveries, text.integer_types):  # pika's own are of a type derived from these
            redeliveries = 0
        self._arrivals.append(base.Arrival(properties.reply_to, body, token, redeliveries))
        self._wake()

    def on_confirm(self, number, carried, accepted):
        """Settle the tasks whose results the broker has; those that it refused come back with the next channel.

        The results of one frame of tasks may be in several publishes, of which the last carries what they settle. A
        broker may confirm that one first: then an earlier one carries it on.
        """
        earlier = [published for published in self._unconfirmed if published < number]
        if accepted and earlier:
            self._unconfirmed[max(earlier)] = tuple(self._unconfirmed[max(earlier)]) + tuple(carried)
        elif accepted:
            self._acknowledge(carried)
        self._wake()

    def _acknowledge(self, tokens):
        for token in tokens:
            self.settle(token, base.DONE)

    def cancelled(self):
        """Open another channel: the broker ended our consumer."""
        self._link.reopen("the queue was deleted, or a frame was held longer than the broker's consumer_timeout")
