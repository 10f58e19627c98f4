# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.raw_amqp serve|ask|count URL
"""A hand-written request and reply with pika: JSON, one message per task, no guarantees.

It confirms nothing and resends nothing; the worker acknowledges before it works (auto-ack). When a worker or the broker
ends, the tasks that it held are lost. With --durable every message is persistent, and tasks go through a quorum queue.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import json

import pika
from pika.adapters.select_connection import SelectConnection

from compat import clock
from contenders import offered_load
from harness import open_loop
from transports import ready, url_argument
from transports.wires import base
from transports.wires.amqp import parameters as amqp_parameters


def parameters(url):
    """Return pika's connection parameters for an amqp or amqps URL in the form of our own wire."""
    row, rest, options = base.split(url)
    made = amqp_parameters.read("{}:{}".format(row.scheme, rest))
    if row.scheme == "amqps":
        made.ssl_options = amqp_parameters.ssl_options(options, made.host)
    return made


class Connection(object):
    """One connection and channel on pika's own loop; it calls ``begin(channel)`` when the channel is open."""

    def __init__(self, url, begin, durable):
        self._begin = begin
        self.durable = durable
        self._delivery_mode = 2 if durable else 1
        self.connection = SelectConnection(parameters(url), on_open_callback=self._opened)

        self.connection.add_on_close_callback(self._lost)
        self.connection.add_on_open_error_callback(self._lost)
        self._why_lost = None

    def _opened(self, connection):
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel):
        channel.add_on_close_callback(self._lost)
        self._begin(channel)

    def _lost(self, _what, error):
        self._why_lost = error
        self.stop()

    def run(self):
        """Run the loop until ``stop`` or Ctrl-C; raise what the broker says where it ends the channel or the link."""
        try:
            self.connection.ioloop.start()
        except KeyboardInterrupt:
            pass
        if self._why_lost is not None:
            raise self._why_lost

    def stop(self):
        self.connection.ioloop.stop()

    def publish(self, channel, key, body, **properties):
        sent = pika.BasicProperties(delivery_mode=self._delivery_mode, **properties)
        channel.basic_publish("", key, body, sent)


class RawServer(Connection):
    """A worker that answers every task with its first argument."""

    def __init__(self, url, queue, durable):
        self.queue = queue
        Connection.__init__(self, url, self.begin, durable)

    def begin(self, channel):
        channel.queue_declare(
            self.queue,
            durable=self.durable,
            arguments={"x-queue-type": "quorum"} if self.durable else None,
            callback=lambda _: self.declared(channel),
        )

    def declared(self, channel):
        channel.basic_consume(self.queue, self.answer, auto_ack=True, callback=lambda _: ready.say_ready(self.queue))

    def answer(self, channel, _method, properties, body):
        task = json.loads(body.decode("utf-8"))
        reply = json.dumps({"id": task["id"], "result": task["args"][0]}).encode("utf-8")
        self.publish(channel, properties.reply_to, reply, correlation_id=properties.correlation_id)


class RawClient(Connection):
    """A client that runs ``tasks`` tasks with ``window`` in flight; it stops ``quiet_s`` after the last answer."""

    def __init__(self, url, queue, tasks, window, quiet_s, durable=False):
        self.queue = queue
        self.tasks, self.window, self.quiet_s = tasks, window, quiet_s
        self.sent = 0
        self.sent_at = {}
        self.latencies_ns = []
        self.finished_ns = None
        Connection.__init__(self, url, self.begin, durable)

    def begin(self, channel):
        channel.queue_declare("", exclusive=True, callback=lambda frame: self.declared(channel, frame.method.queue))

    def declared(self, channel, reply_queue):
        self.reply_queue = reply_queue
        channel.basic_consume(reply_queue, self.answered, auto_ack=True)
        self.begun_ns = self.last_ns = clock.now_ns()
        for _ in range(min(self.window, self.tasks)):
            self.ask(channel)
        self._stop_when_quiet()

    def ask(self, channel):
        identity = "{}".format(self.sent)
        body = json.dumps({"id": identity, "name": "noop", "args": [self.sent]}).encode("utf-8")
        self.sent_at[identity] = clock.now_ns()
        self.sent += 1
        self.publish(channel, self.queue, body, reply_to=self.reply_queue, correlation_id=identity)

    def answered(self, channel, _method, properties, body):
        now = self.last_ns = clock.now_ns()
        reply = json.loads(body.decode("utf-8"))
        assert "{}".format(reply["result"]) == reply["id"]
        self.latencies_ns.append(now - self.sent_at.pop(reply["id"]))
        if self.sent < self.tasks:
            self.ask(channel)
        elif not self.sent_at:
            self.finished_ns = now
            self.stop()

    def _stop_when_quiet(self):
        if clock.now_ns() - self.last_ns > self.quiet_s * 1e9:
            self.stop()
        else:
            self.connection.ioloop.call_later(0.05, self._stop_when_quiet)

    def per_second(self):
        """Return the answers per second."""
        took_s = ((self.finished_ns or self.last_ns) - self.begun_ns) / 1e9
        return len(self.latencies_ns) / took_s


class OpenLoopClient(RawClient):
    """A client that begins each task at its scheduled time, from which its latency counts."""

    def __init__(self, url, queue, due_ns, durable):
        self.due_ns = due_ns
        RawClient.__init__(self, url, queue, len(due_ns), 0, 5.0, durable)

    def declared(self, channel, reply_queue):
        RawClient.declared(self, channel, reply_queue)
        self._submit_due(channel)

    def _submit_due(self, channel):
        now = clock.now_ns() - self.begun_ns
        while self.sent < self.tasks and self.due_ns[self.sent] <= now:
            due = self.begun_ns + self.due_ns[self.sent]
            self.ask(channel)
            self.sent_at["{}".format(self.sent - 1)] = due
        if self.sent < self.tasks:
            left_s = (self.begun_ns + self.due_ns[self.sent] - clock.now_ns()) / 1e9
            self.connection.ioloop.call_later(max(0.0, left_s), lambda: self._submit_due(channel))

    def answered(self, channel, _method, properties, body):
        now = self.last_ns = clock.now_ns()
        self.latencies_ns.append(now - self.sent_at.pop(properties.correlation_id))
        if self.sent == self.tasks and not self.sent_at:
            self.finished_ns = now
            self.stop()


def measure_open_loop(url, queue, rate, seconds, durable):
    """Measure in an open loop; return the fields that contenders.closed_loop prints with --rate."""
    due_ns = open_loop.schedule(rate, seconds, offered_load.SEED)
    client = OpenLoopClient(url, queue, due_ns, durable)
    client.run()
    return offered_load.summary(sorted(client.latencies_ns))


def measure(url, queue, tasks, window, durable):
    """Measure in a closed loop; return the fields that contenders.closed_loop prints."""

    def run(count, at_once):
        client = RawClient(url, queue, count, at_once, 5.0, durable)
        client.run()
        return client

    run(min(tasks, 2000), window)
    saturated = run(tasks, window)
    run(min(tasks, 1000), 1)
    alone = run(min(tasks, 1000), 1)
    latencies = sorted(alone.latencies_ns)
    return {
        "tasks_per_s": saturated.per_second(),
        "latency_us": latencies[len(latencies) // 2] / 1000,
        "p99_us": latencies[len(latencies) * 99 // 100] / 1000,
        "wrong": len(saturated.latencies_ns) != tasks,
    }


def count(url, queue, tasks, quiet_s):
    """Submit all tasks at once; return how many were sent, answered and lost."""
    client = RawClient(url, queue, tasks, tasks, quiet_s)
    client.run()
    return {"sent": client.sent, "answered": len(client.latencies_ns), "lost": len(client.sent_at)}


def main(arguments=None):
    parser = argparse.ArgumentParser(description="request and reply with plain pika, without guarantees")
    parser.add_argument("what", choices=["serve", "ask", "count"])
    parser.add_argument("url", type=url_argument.url)
    parser.add_argument("--queue", default="runoff.raw")
    parser.add_argument("--durable", action="store_true", help="persistent messages, and a quorum queue of tasks")
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--window", type=int, default=100, help="ask: tasks in flight")
    parser.add_argument("--rate", type=float, help="ask: start this many tasks a second instead, for --seconds")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--quiet-s", type=float, default=5.0, help="count: stop after this long without an answer")
    chosen = parser.parse_args(arguments)
    if chosen.what == "serve":
        RawServer(chosen.url, chosen.queue, chosen.durable).run()
    elif chosen.what == "ask" and chosen.rate:
        line = measure_open_loop(chosen.url, chosen.queue, chosen.rate, chosen.seconds, chosen.durable)
        print(json.dumps(line, sort_keys=True))
    elif chosen.what == "ask":
        line = measure(chosen.url, chosen.queue, chosen.tasks, chosen.window, chosen.durable)
        print(json.dumps(line, sort_keys=True))
    else:
        print(json.dumps(count(chosen.url, chosen.queue, chosen.tasks, chosen.quiet_s), sort_keys=True))


if __name__ == "__main__":
    main()
