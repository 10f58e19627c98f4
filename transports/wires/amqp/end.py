# Run by the interpreter under test (Python 2.7 upward).
"""What both ends of the AMQP wire share: the URL, the link, and what waits to be confirmed."""

from __future__ import absolute_import, division, print_function, unicode_literals

import binascii
import logging
import os

from compat import clock
from transports import errors, redaction
from transports.wires.amqp import parameters, queues
from transports.wires.amqp.link import Link
from transports.wires.amqp.window import Window

#: RabbitMQ's own default of its consumer_timeout, in seconds: a worker that has not acknowledged a message for so long
#: loses its channel, all that it held is handed out again, and that would go on for ever. Deadlines end before it.
CONSUMER_TIMEOUT_S = 1800
CONSUMER_GRACE_S = 60
MEASURE_EVERY_S = 0.25  # a round trip to the broker, while frames move
#: Confirms come within milliseconds, and within seconds from a busy broker. One that never comes is the broker's fault:
#: a quorum queue without a leader keeps consumers and publishers waiting (docs/amqp.md).
PATIENCE_NS = 15000000000
MOST_REPORTED = 100  # sentences, each logged once
#: In bytes, of a queue's and of a client's name: both and a dot are a key, which AMQP permits 255.
MOST_NAME = 120
MOST_NUMBER = 2**31 - 1
MOST_HEARTBEAT_S = 2**16 - 1  # what AMQP has room for

log = logging.getLogger("runoff.transports")


class End(object):
    """One end of the wire, the owner of its Link.

    A subclass has ``on_confirm(number, carried, accepted)`` besides the other methods that Link calls.
    """

    takes = None

    def __init__(self, url, options):
        scheme = options.pop("scheme")
        self.url = self.address = redaction.hidden(scheme + ":" + url)
        durable = options.pop("durable", "yes")
        if durable not in ("yes", "no"):
            raise errors.Unusable("durable is yes or no")
        self.durable = durable == "yes"
        self.queue = options.pop("queue", "default") + ("" if self.durable else queues.TRANSIENT)
        self.name = options.pop("client", None) or binascii.hexlify(os.urandom(16)).decode("ascii")
        self._delivery_limit = _take_whole_number(options, "delivery_limit", queues.DELIVERY_LIMIT)
        timeout_s = _take_whole_number(options, "consumer_timeout", CONSUMER_TIMEOUT_S, CONSUMER_GRACE_S + 1)
        self.most_deadline_s = timeout_s - CONSUMER_GRACE_S
        heartbeat_s = _take_whole_number(options, "heartbeat", parameters.HEARTBEAT_S, 1, MOST_HEARTBEAT_S)
        tls = None
        if scheme == "amqps":
            tls = {name: options.pop(name) for name in ("ca", "certificate", "key") if name in options}
        # They are words of a topic key: # binds every queue's tasks.
        for part, given in (("queue", self.queue), ("client", self.name)):
            if not given or set(".*#").intersection(given):
                raise errors.Unusable("{}={} names no {}: leave out '.', '*' and '#'".format(part, given, part))
            if len(given.encode("utf-8")) > MOST_NAME:
                raise errors.Unusable("{}={} is too long: give {} bytes at most".format(part, given, MOST_NAME))
            if min(given) < " ":  # of a queue's name RabbitMQ drops line feeds
                raise errors.Unusable("{}={!r} holds a control character: leave it out".format(part, given))
        if options:
            unknown = ", ".join(sorted(options))
            raise errors.Unusable(
                "an AMQP URL takes queue, client, durable, codec, delivery_limit, consumer_timeout, heartbeat (amqps:"
                " ca, certificate, key as well), not {}".format(
                    "what stands before an @: " + redaction.ADVICE if "@" in unknown else unknown
                )
            )
        self.options = {}
        brokers = parameters.parameters(scheme + ":" + url, tls, heartbeat_s)
        self.clustered = len(brokers) > 1
        if self.clustered and not self.durable:
            raise errors.Unusable("durable=no keeps a queue on one broker: name one broker, or leave out durable=no")
        self._link = Link(brokers, self, self.durable)
        self._reopened = None  # the channel (its epoch) that is given up
        self._window = Window(1, 0, clock.now_ns())  # frames on their way; each end sets its own
        self._unconfirmed = {}  # {number of the publish: what it carried}
        self._owed_since = None  # (epoch of the link, since when the broker owes a confirm and has sent none)
        self._reported = set()

    @property
    def task_queue(self):
        return queues.task_queue(self.queue)

    def open(self):
        self._link.connect()

    def close(self):
        self._link.close(0.8)

    def confirmed(self, number, multiple, accepted):
        """Handle a confirm of the publish ``number``, and with ``multiple`` of those before it."""
        self._owed_since = None
        numbers = sorted(before for before in self._unconfirmed if before <= number) if multiple else [number]
        for published in numbers:
            if published in self._unconfirmed:
                self.on_confirm(published, self._unconfirmed.pop(published), accepted)
        if accepted:
            self._link.settled()
        else:
            self.not_taken()

    def not_taken(self):
        """Open another channel, since the broker did not take a message on this one.

        One that published while its queue had no leader is refused until the lost node is back (RabbitMQ 3.10).
        """
        self._reopen("the broker did not take a message")

    def _reopen(self, why):
        """Open another channel, once what has arrived on this one was heard."""
        epoch = self._link.epoch
        if self._reopened != epoch:
            self._reopened = epoch
            self._link.later(0, lambda: epoch == self._link.epoch and self._link.reopen(why))

    def returned(self, properties, why):
        """Ignore a message that came back: only a client asks for that."""

    def link_blocked(self, why):
        """Report an alarm of the broker: what is to be sent waits, and what was sent is kept."""
        self._report("the broker accepts no messages now: {}; sending waits until it does".format(why))

    def link_unblocked(self):
        """Do nothing: who waits for room polls."""

    def _measure_later(self, epoch):
        """Measure the delay of the link now and then, for the window, and give up a broker that no longer answers."""

        def measured(delay_ns):
            if epoch == self._link.epoch:
                self._measured(delay_ns, clock.now_ns())

        def measure():
            if epoch == self._link.epoch and self._link.is_open():
                if self._is_owed_too_long(clock.now_ns()):
                    self._link.drop("the broker confirmed nothing for {:.0f} s".format(PATIENCE_NS / 1e9))
                    return
                if self._window.moved:
                    self._link.measure_delay(measured)
                else:
                    self._rested()
                self._measure_later(epoch)

        self._link.later(MEASURE_EVERY_S, measure)

    def _is_owed_too_long(self, now):
        """Return whether the broker, which has no alarm, owes us a confirm and has sent none for PATIENCE_NS."""
        if self._link.blocked or (self._link.is_answered() and not self._unconfirmed):
            self._owed_since = None
        elif self._owed_since is None or self._owed_since[0] != self._link.epoch:
            self._owed_since = self._link.epoch, now
        return self._owed_since is not None and now - self._owed_since[1] > PATIENCE_NS

    def _measured(self, delay_ns, now):
        """Set the window: who sends looks at it."""
        self._window.measure(delay_ns, now)

    def _rested(self):
        """Do nothing: no frame has moved for a while."""

    def _report(self, sentence):
        """Log ``sentence``, the first time."""
        if sentence not in self._reported and len(self._reported) < MOST_REPORTED:
            self._reported.add(sentence)
            log.warning("%s (said once)", sentence)

    def _check(self):
        """Raise Unusable where a broker refused us, since it will refuse again."""
        if self._link.refused:
            raise errors.Unusable(
                "the broker refuses this user: {}; correct the user, the password or the virtual host in the URL, or "
                "give the user rights there".format(self._link.refused)
            )


def _take_whole_number(options, name, otherwise, least=0, most=MOST_NUMBER):
    """Take the whole number under ``name``, from ``least`` to ``most``, out of a URL's ``options``."""
    try:
        taken = int(options.pop(name, otherwise))
    except ValueError:
        taken = least - 1
    if not least <= taken <= most:
        raise errors.Unusable("{} is a whole number from {} to {}".format(name, least, most))
    return taken
