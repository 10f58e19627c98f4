# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.steady.raw_trickle URL QUEUE
"""A hand-written pika client before a cluster: it publishes a message every 10 ms (--every-ms), and consumes it again.

The queue is a quorum queue, each message persistent and confirmed. When its connection breaks it makes another one, to
the next broker of the URL, and repeats the message that was not confirmed. It prints what trickle prints.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import time

import pika
import pika.exceptions

from compat import clock
from contenders.steady import trickle
from transports import url_argument
from transports.wires.amqp import parameters as amqp_parameters

AGAIN_S = 0.05  # between two tries to connect


class RawTrickle(object):
    """Messages on ``queue`` of the brokers at ``url``, one each ``every_ns``; ``say`` takes a line for each return."""

    def __init__(self, url, queue, say, every_ns):
        self._brokers = amqp_parameters.parameters(url, None, amqp_parameters.HEARTBEAT_S)
        self._queue = queue
        self._say = say
        self._every_ns = every_ns
        self._came_back = set()
        self._confirmed = self._twice = 0
        self._due = clock.now_ns()

    def run(self, ended):
        """Publish until ``ended()``, and until every message came back; print the counts."""
        until = None
        while not (ended() and len(self._came_back) == self._confirmed):
            if ended():
                until = until or clock.now_ns() + int(trickle.DEADLINE_S * 1e9)
                if clock.now_ns() > until:
                    break
            try:
                self._over_one_connection(ended)
            except (pika.exceptions.AMQPError, EnvironmentError):
                time.sleep(AGAIN_S)
        self._say("{} {} {}".format(self._confirmed, len(self._came_back), self._twice))

    def _over_one_connection(self, ended):
        """Publish and consume until the connection breaks, or all is done."""
        connection = pika.BlockingConnection(self._brokers)
        self._brokers.append(self._brokers.pop(0))
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare(self._queue, durable=True, arguments={"x-queue-type": "quorum"})
        channel.basic_consume(self._queue, self._take)
        while not (ended() and len(self._came_back) == self._confirmed):
            while clock.now_ns() >= self._due and not ended():
                body = "{}".format(self._confirmed).encode("ascii")
                channel.basic_publish("", self._queue, body, pika.BasicProperties(delivery_mode=2), mandatory=True)
                self._confirmed += 1
                self._due += self._every_ns
            connection.process_data_events(0.002)
        connection.close()

    def _take(self, channel, method, _properties, body):
        channel.basic_ack(method.delivery_tag)
        number = int(body)
        self._twice += number in self._came_back
        self._came_back.add(number)
        self._say("{:.6f} ok".format(time.time()))


def main():
    parser = argparse.ArgumentParser(prog="python -m contenders.steady.raw_trickle")
    parser.add_argument("url", type=url_argument.url)
    parser.add_argument("queue")
    trickle.add_every_ms(parser)
    given = parser.parse_args()
    every_ns = int(given.every_ms * 1e6)
    RawTrickle(given.url, given.queue, trickle.say, every_ns).run(trickle.end_of_input())


if __name__ == "__main__":
    main()
