# Run by the interpreter under test (Python 2.7 upward).
"""One AMQP connection with one channel, made again whenever it is lost; with parameters.py, all that imports pika.

It has no thread: whoever calls ``run`` is the I/O thread, heartbeats included, and must not compute in it.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import itertools
import logging
import random
import re
import struct

import pika
import pika.exceptions
from pika.adapters import select_connection
from pika.adapters.select_connection import IOLoop, SelectConnection

from compat import clock, sockets

#: Before the next try to connect: the first wait, and the longest; each doubles the one before, and every one is cut by
#: up to half at random, so that workers that lost a broker together do not come back together.
FIRST_WAIT_S, LONGEST_WAIT_S = 0.05, 0.4
#: What a broker says to whom it never lets in. A virtual host that is down, or has its limit of connections, is told
#: behind a colon, and passes.
REFUSED = re.compile(
    r"ACCESS_REFUSED - [^']*|NOT_ALLOWED - (vhost .* not found|access to vhost .* refused for user '[^']*'(?!:))"
)

select_connection.SELECT_TYPE = sockets.POLLER
# pika logs every lost connection with a traceback; ours are reported as events. A program that wants pika's log as well
# gives its logger a handler.
logging.getLogger("pika").addHandler(logging.NullHandler())
logging.getLogger("pika").propagate = False


class UnreadableProperties(pika.BasicProperties):
    """Properties of a message that pika cannot decode, such as a timestamp beyond the year 9999."""


class _Connection(SelectConnection):
    """A connection that sends what one turn of the loop writes by one system call.

    By itself pika writes each part of a message (three or more), and each acknowledgement, with a call of its own, and
    wakes the broker for each.
    """

    def __init__(self, *arguments, **options):
        self._gathered = []
        self._gathered_bytes = 0
        SelectConnection.__init__(self, *arguments, **options)

    def _adapter_emit_data(self, data):  # what pika asks its adapters to override
        self._gathered.append(data)
        self._gathered_bytes += len(data)

    def _read_frame(self):
        """Read a frame as pika does, but for properties that it cannot decode: anyone who may publish can send them."""
        try:
            return SelectConnection._read_frame(self)
        except Exception:
            kind, channel, size = struct.unpack_from(str(">BHL"), self._frame_buffer)
            if kind != pika.spec.FRAME_HEADER:
                raise
            start = pika.spec.FRAME_HEADER_SIZE
            _class, _weight, body_size = struct.unpack_from(str(">HHQ"), self._frame_buffer, start)
            header = pika.frame.Header(channel, body_size, UnreadableProperties())
            return start + size + pika.spec.FRAME_END_SIZE, header

    def unsent_bytes(self):
        return self._gathered_bytes + self._get_write_buffer_size()

    def flush(self):
        gathered, self._gathered, self._gathered_bytes = self._gathered, [], 0
        if gathered and not self.is_closed:
            SelectConnection._adapter_emit_data(self, b"".join(gathered))


class Link(object):
    """A connection and its channel. It calls methods of its ``owner``, all out of ``run``.

    They are ``link_up()``, ``link_down(why)``, ``link_blocked(why)``, ``link_unblocked()``,
    ``arrived(method, properties, body)``, ``confirmed(number, multiple, accepted)``, ``returned(properties, why)`` and
    ``cancelled()``. An alarm may block a link for as long as it lasts: the broker's heartbeats go on meanwhile.

    ``epoch`` counts the channels: a delivery's tag means nothing on another one, and using it there closes that.
    """

    def __init__(self, brokers, owner, durable=True):
        """Make a link, not yet connected, to one of ``brokers`` (from parameters.parameters).

        The first one is chosen at random, and each try takes the next: of the clients that lost a broker none waits
        for it, and they spread over the others.

        With ``durable`` every message is written to disk before it is confirmed; what stays in memory may be lost with
        the link, whatever was confirmed.
        """
        self._brokers = itertools.cycle(random.sample(brokers, len(brokers)))
        self._parameters = next(self._brokers)
        self._owner = owner
        self._durable = durable
        self._loop = IOLoop()
        self._loop.activate_poller()
        self._connection = None
        self.channel = None  # pika's, while the link is up
        self.blocked = False
        self.epoch = 0
        self.refused = None  # why the broker lets us in neither now nor later
        self._wait_s = FIRST_WAIT_S
        self._closing = False
        self._published = 0
        self._unanswered = set()  # queues of consumers that the broker has not confirmed, on this channel

    def __repr__(self):
        return "<link to {}:{}>".format(self._parameters.host, self._parameters.port)

    # --- life --------------------------------------------------------------------------------------------------------

    def connect(self):
        """Begin to connect."""
        if self._closing:
            return
        self._parameters = next(self._brokers)
        self._connection = _Connection(
            self._parameters,
            on_open_callback=self._connected,
            on_open_error_callback=self._not_connected,
            on_close_callback=self._disconnected,
            custom_ioloop=self._loop,
        )

    def run(self, timeout_s, until):
        """Do I/O until ``until`` (a list that callbacks fill) is not empty, for at most ``timeout_s``."""
        timed_out = []
        timer = self._loop.call_later(timeout_s, lambda: timed_out.append(True))
        while True:
            self._connection.flush()
            self._loop.poll()
            self._loop.process_timeouts()
            if timed_out:
                return
            if until:
                self._loop.remove_timeout(timer)
                return

    def watch(self, descriptor, readable):
        """Call ``readable()`` from ``run`` while ``descriptor`` has something to read."""
        self._loop.add_handler(descriptor, lambda _descriptor, _events: readable(), IOLoop.READ)

    def unwatch(self, descriptor):
        self._loop.remove_handler(descriptor)

    def close(self, within_s):
        """Say goodbye, so that acknowledgements that are still on their way arrive; give up after ``within_s``."""
        self._closing = True
        closed = []
        if self._connection is not None and self._connection.is_open:
            self._connection.add_on_close_callback(lambda *_: closed.append(True))
            self._connection.close()
            self.run(within_s, closed)
        self.channel = None
        self._loop.deactivate_poller()
        self._loop.close()

    def _retry(self, open_it):
        if not self._closing:
            self._loop.call_later(self._wait_s * random.uniform(0.5, 1), open_it)
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)

    def _not_connected(self, _connection, error):
        why = _innermost(error)
        refused = REFUSED.search(why)
        if refused and not self.epoch:
            self.refused = refused.group()
            return
        self._owner.link_down(why)
        self._retry(self.connect)

    def _connected(self, connection):
        self.blocked = False
        connection.add_on_connection_blocked_callback(self._is_blocked)
        connection.add_on_connection_unblocked_callback(self._unblocked)
        self._open_channel()

    def _is_blocked(self, _connection, frame):
        self.blocked = True
        self._owner.link_blocked(frame.method.reason)

    def _unblocked(self, *_):
        self.blocked = False
        self._owner.link_unblocked()

    def _open_channel(self):
        if self._connection.is_open:
            self._connection.channel(on_open_callback=self._channel_open)

    def _open_channel_later(self):
        """Open another channel after a pause, unless the connection is lost meanwhile: the next one opens its own."""
        connection = self._connection
        self._retry(lambda: connection is self._connection and self._open_channel())

    def _channel_open(self, channel):
        self.channel = channel
        self.epoch += 1
        self._published = 0
        self._unanswered = set()
        channel.add_on_close_callback(self._channel_closed)
        channel.add_on_return_callback(self._returned)
        channel.add_on_cancel_callback(lambda _frame: self._cancelled(channel))
        if self._durable:
            channel.confirm_delivery(lambda frame: self._confirmed(channel, frame.method))
        self._owner.link_up()

    def is_open(self):
        """Return whether the broker may be asked for something."""
        return self.channel is not None and self.channel.is_open

    def is_answered(self):
        """Return whether the broker has confirmed all consumers: one whose queue has no leader it keeps waiting."""
        return not self._unanswered

    def drop(self, why):
        """End the connection without a goodbye, to which the broker would not answer either, and make another."""
        self._connection._terminate_stream(pika.exceptions.StreamLostError(why))

    def settled(self):
        """Reset the reconnect pause: the owner has all that it needs from this channel."""
        self._wait_s = FIRST_WAIT_S

    def _channel_closed(self, channel, error):
        if channel is self.channel and not self._closing and self._connection.is_open:
            self.channel = None
            self._owner.link_down(_innermost(error))
            self._open_channel_later()

    def _disconnected(self, _connection, error):
        was_up, self.channel = self.channel is not None, None
        if was_up and not self._closing:
            self._owner.link_down(_innermost(error))
        self._retry(self.connect)

    # --- what a channel does -----------------------------------------------------------------------------------------

    def publish(self, exchange, key, body, mandatory=False, **properties):
        """Send a message, and return the number that its confirm will carry."""
        made = pika.BasicProperties(delivery_mode=2 if self._durable else 1, **properties)
        self.channel.basic_publish(exchange, key, body, made, mandatory=mandatory)
        self._published += 1
        return self._published

    def unsent_bytes(self):
        """Return the bytes that were published and still wait for the socket of an open link."""
        return self._connection.unsent_bytes()

    def consume(self, queue, prefetch):
        """Begin to take from ``queue``, at most ``prefetch`` messages unacknowledged; None: none is acknowledged."""
        if prefetch is not None:
            assert prefetch > 0  # it would mean without limit
            self.channel.basic_qos(prefetch_count=prefetch)
        unanswered = self._unanswered
        unanswered.add(queue)
        return self.channel.basic_consume(
            queue, self._arrived, auto_ack=prefetch is None, callback=lambda _frame: unanswered.discard(queue)
        )

    def in_order(self, steps, done):
        """Ask the broker for each of ``steps`` in order, then call ``done``.

        A step is (method of the channel, keyword arguments). A refusal closes the channel and is reported as
        ``link_down``.
        """
        channel = self.channel
        left = list(steps)

        def next_step(_frame=None):
            if channel is not self.channel or not channel.is_open:
                return
            if left:
                method, arguments = left.pop(0)
                getattr(channel, method)(callback=next_step, **arguments)
            else:
                done()

        next_step()

    def ask_besides(self, steps):
        """Ask the broker for ``steps`` at once, on a channel of its own: a refusal has no other consequence."""

        def opened(channel):
            for method, arguments in steps[:-1]:
                getattr(channel, method)(**arguments)  # pika asks for no answer where nobody waits for it
            method, arguments = steps[-1]
            getattr(channel, method)(callback=lambda _frame: channel.is_open and channel.close(), **arguments)

        if self._connection.is_open:
            self._connection.channel(on_open_callback=opened)

    def count_consumers(self, queue, tell):
        """Call ``tell(how many consumers the queue has)``, unless the link is made again meanwhile."""
        channel = self.channel

        def counted(frame):
            if channel is self.channel:
                tell(frame.method.consumer_count)

        if self.is_open():
            channel.queue_declare(queue, passive=True, callback=counted)

    def find_queue(self, queue, if_there, if_missing):
        """Call ``if_there()`` or ``if_missing()``; ask on a channel of its own, which a "no" closes.

        Call neither where the link is made again meanwhile: its owner asks anew.
        """
        asked_for = self.channel

        def opened(channel):
            channel.add_on_close_callback(closed)
            channel.queue_declare(queue, passive=True, callback=lambda _frame: channel.is_open and channel.close())

        def closed(_channel, error):
            if asked_for is not self.channel:
                return
            if isinstance(error, pika.exceptions.ChannelClosedByClient):
                if_there()
            elif getattr(error, "reply_code", None) == 404:
                if_missing()

        if self._connection.is_open:
            self._connection.channel(on_open_callback=opened)

    def reopen(self, why):
        """Give the channel up and open another: what the owner made on it is made anew."""
        channel, self.channel = self.channel, None
        if channel is not None:
            if channel.is_open:
                channel.close()
            self._owner.link_down(why)
            self._open_channel_later()

    def measure_delay(self, tell):
        """Call ``tell(nanoseconds)`` with what a round trip to the broker took.

        What it asks for is a prefetch of consumers to come, each of which sets its own.
        """
        asked_at = clock.now_ns()
        self.channel.basic_qos(prefetch_count=1, callback=lambda _frame: tell(clock.now_ns() - asked_at))

    def later(self, wait_s, call):
        """Call ``call()`` out of ``run`` after ``wait_s``."""
        self._loop.call_later(wait_s, call)

    # A channel that was given up still calls back until it is closed; its numbers have another meaning on the next one.

    def _arrived(self, channel, method, properties, body):
        if channel is self.channel:
            self._owner.arrived(method, properties, body)

    def _cancelled(self, channel):
        if channel is self.channel and not self._closing:
            self._owner.cancelled()

    def _confirmed(self, channel, method):
        if channel is self.channel:
            self._owner.confirmed(method.delivery_tag, method.multiple, isinstance(method, pika.spec.Basic.Ack))

    def _returned(self, channel, method, properties, _body):
        if channel is self.channel:
            self._owner.returned(properties, "{} {}".format(method.reply_code, method.reply_text))


def _innermost(error):
    """Return the innermost reason in pika's nested errors, in one line."""
    while True:
        inner = getattr(error, "exceptions", None) or [
            argument for argument in getattr(error, "args", ()) if isinstance(argument, Exception)
        ]
        if not inner:
            break
        error = getattr(inner[-1], "exception", None) or inner[-1]
    text = "{}".format(error) or type(error).__name__
    return " ".join(text.split())
