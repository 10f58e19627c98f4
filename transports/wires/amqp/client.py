# Run by the interpreter under test (Python 2.7 upward).
"""The client's end of the AMQP wire."""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import clock, text
from transports import errors
from transports.wires import base
from transports.wires.amqp import queues
from transports.wires.amqp.end import End
from transports.wires.amqp.window import Window

#: Frames of tasks published and not confirmed, by a broker that is near. Few, so that tasks wait here (and travel
#: together) rather than in the broker, and enough for small frames of long tasks; 4, 16 and 32 differed less than the
#: noise.
WINDOW = 16
#: Round trips between a publish and its confirm.
ROUND_TRIPS = 1
#: Bytes that wait in this process for the socket: with more, tasks wait in the session. This is all that a queue in
#: memory needs: its confirms would say nothing, and wake the client once more for every frame.
UNSENT_BYTES = 4 * 1024 * 1024
#: Messages of results that a client holds unacknowledged: never 0, which would be no limit.
REPLIES_HELD = 256
CHECK_QUEUE_EVERY_S = 2.0
#: A quorum queue's name is on disk up to a second after the last queue was declared (ra_directory is a table of dets,
#: which is saved after half a second without a change). A broker killed before that brings the queue back empty and
#: without a leader, so nothing counts as accepted until then.
YOUNG_S = 2.0
#: How often, and how long, a new client looks whether its name is free: a broker that is busy takes a while to notice
#: that the client which had it was killed.
NAME_AGAIN_S, NAME_NS = 0.1, 2000000000


class Client(End, base.ClientWire):
    """One lane: the queue. It is up when queue, reply queue and bindings are there."""

    greets = False

    def __init__(self, url, options):
        End.__init__(self, url, options)
        self._lane = base.Lane(self.queue)
        self._lane.credit = float("inf")  # no worker says: the broker keeps what it is sent
        self._lane.shared = True
        self._key = "{}.{}".format(self.queue, self.name)
        self._reply_queue = queues.reply_queue(self.name)
        self._events = []
        self._unroutable = set()  # numbers of messages that came back: their confirms mean nothing
        self._refused = False  # did the broker not take a message on this channel?
        self._number = 0  # of the last message, the same on every channel
        self._young_ids = []  # confirmed while the queue was too young for them to count as accepted
        self._young_until = 0
        self._was_up = False
        self._name_until = None  # how long this client waits for its name
        self._name_is_taken = False  # by another client
        self._last_tag = 0
        self._window = Window(WINDOW, ROUND_TRIPS, clock.now_ns())

    # --- the seam ----------------------------------------------------------------------------------------------------

    def send(self, lane, frame, ids=()):
        if not lane.ready or self._link.blocked or self._is_full():
            raise errors.Busy()
        self._number += 1
        number = self._link.publish(
            queues.TASKS,
            self._key,
            frame,
            mandatory=True,
            reply_to=self.name,
            message_id="{}".format(self._number),
        )
        if self.durable:
            self._unconfirmed[number] = (self._number, ids)
            self._window.moved += 1

    def _is_full(self):
        if self.durable:
            return len(self._unconfirmed) >= self._window.frames
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
        if self._was_up and self._link.channel is not None:  # nobody asks for these any more
            self._link.channel.queue_delete(self._reply_queue)
        End.close(self)

    def drain(self, deadline_s):
        until = clock.now_ns() + int(deadline_s * 1e9)
        while self._unconfirmed and clock.now_ns() < until:
            self._link.run(min(0.05, deadline_s), [])
        return not self._unconfirmed

    # --- what the link reports ---------------------------------------------------------------------------------------

    def link_up(self):
        """Declare the queues; look first whether those with accepted tasks and their results are still there.

        That is after a lost link, or where one of them was deleted.
        """
        self._last_tag = 0
        if self._was_up:
            self._link.find_queue(self.task_queue, self._find_reply_queue, self._queue_missing)
        else:
            self._declare()

    def _find_reply_queue(self):
        self._link.find_queue(self._reply_queue, self._declare, self._reply_queue_missing)

    def _queue_missing(self):
        self._lose_accepted("the queue {} was deleted".format(self.task_queue))

    def _reply_queue_missing(self):
        self._lose_accepted("the queue {} was deleted, or expired".format(self._reply_queue))

    def _lose_accepted(self, why):
        """Report that everything that was accepted has gone with its queue or with its results, and declare another."""
        self._hold_back_confirms()
        self._events.append((base.QUEUE_LOST, self._lane, why))
        self._declare()

    def _declare(self):
        declarations = queues.declarations(self.queue, self.name, self.durable, self._delivery_limit, self.clustered)
        self._link.in_order(declarations, self._begin if self._was_up else self._begin_alone)

    def _begin_alone(self):
        """Begin where nobody else takes the results of this name: two clients would take each other's.

        A client that was up before does not ask: the broker may not know yet that its last link is gone.
        """
        epoch = self._link.epoch
        if self._name_until is None:
            self._name_until = clock.now_ns() + NAME_NS

        def counted(consumers):
            if not consumers:
                self._begin()
            elif clock.now_ns() < self._name_until:
                self._link.later(NAME_AGAIN_S, lambda: epoch == self._link.epoch and self._begin_alone())
            else:
                self._name_is_taken = True

        self._link.count_consumers(self._reply_queue, counted)

    def _check(self):
        End._check(self)
        if self._name_is_taken:
            raise errors.Unusable(
                "another client of this broker is called {}, and would take results of this one: give each a name of "
                "its own by client=NAME, or close the other one; one whose machine was cut off loses its name when it "
                "has missed two heartbeats".format(self.name)
            )

    def _begin(self):
        """Consume results, and report the lane as up: every queue is there."""
        if not self._was_up:
            self._hold_back_confirms()
            self._was_up = True
        if not self.durable:  # no confirm will come
            self._link.settled()
        self._link.consume(self._reply_queue, REPLIES_HELD if self.durable else None)
        if not self._lane.ready:
            self._lane.ready = True
            self._events.append((base.UP, self._lane, None))
        self._check_queue_later(self._link.epoch)
        if self.durable:
            self._measure_later(self._link.epoch)

    def _check_queue_later(self, epoch):
        """Check now and then that the queue exists: a client that publishes nothing would not notice.

        Ask for the way of its results as well: nobody hears of an exchange that was deleted, or of a binding.
        """

        def check():
            if epoch == self._link.epoch and self._link.channel is not None:
                self._link.ask_besides(queues.way_back(self.name))
                self._link.find_queue(self.task_queue, lambda: self._check_queue_later(epoch), self._queue_deleted)

        self._link.later(CHECK_QUEUE_EVERY_S, check)

    def _queue_deleted(self):
        self._link.reopen("the queue {} was deleted".format(self.task_queue))

    def _hold_back_confirms(self):
        """Keep confirmed tasks back until a new queue is old enough to survive a broker's restart."""
        self._young_until = clock.now_ns() + int(YOUNG_S * 1e9)
        self._link.later(YOUNG_S, self._accept_held_back)

    def _accept_held_back(self):
        if clock.now_ns() >= self._young_until and self._young_ids:
            ids, self._young_ids = self._young_ids, []
            self._events.append((base.ACCEPTED, self._lane, ids))

    def link_down(self, why):
        """Report what is known to have come back, and the lane as down.

        The lane is reported down even where it never came up: the event says why. What was not accepted beside a
        message that the broker did not take has lost no worker: it counts as not taken either.
        """
        for number, ids in self._unconfirmed.values():
            if number in self._unroutable:  # its confirm was still on its way
                self._events.append((base.UNROUTABLE, self._lane, ids))
            elif self._refused:
                self._events.append((base.NOT_TAKEN, self._lane, ids))
        if self._refused:
            self._events.append((base.NOT_TAKEN, self._lane, self._young_ids))
        self._refused = False
        self._unconfirmed.clear()  # the session knows that they were not accepted
        self._unroutable.clear()
        self._young_ids = []
        self._lane.ready = False
        self._events.append((base.DOWN, self._lane, why))

    def link_blocked(self, why):
        """Report an alarm of the broker to the session as well, for its outcomes to name."""
        End.link_blocked(self, why)
        self._events.append((base.BLOCKED, self._lane, "the broker accepts no messages now: {}".format(why)))

    def returned(self, properties, why):
        """Declare queue and binding again, and resend the tasks in flight, since no queue accepted this one."""
        self._unroutable.add(int(properties.message_id))
        self._reopen("unroutable: {}".format(why))  # after its confirm, which follows

    def on_confirm(self, _number, carried, accepted):
        """Report the tasks of a message as accepted, unroutable or not taken, or hold them back."""
        number, ids = carried
        if not accepted:
            self._events.append((base.NOT_TAKEN, self._lane, ids))
        elif number in self._unroutable:
            self._events.append((base.UNROUTABLE, self._lane, ids))
        elif clock.now_ns() < self._young_until:
            self._young_ids.extend(ids)
        else:
            self._events.append((base.ACCEPTED, self._lane, ids))

    def not_taken(self):
        """Send nothing more on this channel, and open another one."""
        self._lane.ready = False
        self._refused = True
        End.not_taken(self)

    def arrived(self, method, properties, body):
        """Report a frame of results, or a frame of ours that came back through a dead-letter exchange."""
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
        """Open another channel: the broker ended our consumer."""
        self._link.reopen("the reply queue was deleted")


def _reason_of_death(headers):
    """Return why the broker gave a message up; None for one that it did not, or whose headers are forged."""
    try:
        reason = headers["x-death"][0]["reason"]
    except (KeyError, IndexError, TypeError):
        return None
    return reason if isinstance(reason, text.text_type) else None
