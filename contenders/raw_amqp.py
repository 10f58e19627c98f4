# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.raw_amqp serve|ask|count URL
"""What one writes by hand with pika: request and reply, JSON, one message per task, no promise. To compare with only.

Nothing is confirmed or sent again; the worker acknowledges before it works (auto-ack). A worker or a broker that ends
takes with it what it held. With --durable every message is persistent and tasks go through a quorum queue.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import json

import pika
from pika.adapters.select_connection import SelectConnection

from compat import clock
from contenders import offered_load
from transports import ready, url_argument
from transports.wires import amqp_link, base


def parameters(url):
    """pika's, for a URL of amqp or amqps as our own wire takes it."""
    row, rest, options = base.split(url)
    made = amqp_link.read("{}:{}".format(row.scheme, rest))
    if row.scheme == "amqps":
        made.ssl_options = amqp_link.ssl_options(options, made.host)
    return made


class Raw(object):
    """One connection and channel on pika's own loop. ``begin(channel)`` is called when it is open."""

    def __init__(self, url, begin, durable):
        self._begin = begin
        self.durable = durable
        self._delivery_mode = 2 if durable else 1
        self.connection = SelectConnection(parameters(url), on_open_callback=self._opened)

    def _opened(self, connection):
        connection.channel(on_open_callback=self._begin)

    def run(self):
        try:
            self.connection.ioloop.start()
        except KeyboardInterrupt:
            pass

    def stop(self):
        self.connection.ioloop.stop()

    def publish(self, channel, key, body, **properties):
        sent = pika.BasicProperties(delivery_mode=self._delivery_mode, **properties)
        channel.basic_publish("", key, body, sent)


class Server(Raw):
    def __init__(self, url, queue, durable):
        self.queue = queue
        Raw.__init__(self, url, self.begin, durable)

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


class Asker(Raw):
    """``tasks`` tasks with ``window`` of them in flight; gives up ``quiet_s`` after the last answer."""

    def __init__(self, url, queue, tasks, window, quiet_s, durable=False):
        self.queue = queue
        self.tasks, self.window, self.quiet_s = tasks, window, quiet_s
        self.sent = 0
        self.sent_at = {}
        self.latencies_ns = []
        self.finished_ns = None
        Raw.__init__(self, url, self.begin, durable)

    def begin(self, channel):
        channel.queue_declare("", exclusive=True, callback=lambda frame: self.declared(channel, frame.method.queue))

    def declared(self, channel, reply_queue):
        self.reply_queue = reply_queue
        channel.basic_consume(reply_queue, self.answered, auto_ack=True)
        self.begun_ns = self.last_ns = clock.now_ns()
        for _ in range(min(self.window, self.tasks)):
            self.ask(channel)
        self.look()

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

    def look(self):
        if clock.now_ns() - self.last_ns > self.quiet_s * 1e9:
            self.stop()
        else:
            self.connection.ioloop.call_later(0.05, self.look)

    def per_second(self):
        took_s = ((self.finished_ns or self.last_ns) - self.begun_ns) / 1e9
        return len(self.latencies_ns) / took_s


class Paced(Asker):
    """Tasks begin at their moments; a latency counts from there."""

    def __init__(self, url, queue, dues_ns, durable):
        self.dues_ns = dues_ns
        Asker.__init__(self, url, queue, len(dues_ns), 0, 5.0, durable)

    def declared(self, channel, reply_queue):
        Asker.declared(self, channel, reply_queue)
        self.step(channel)

    def step(self, channel):
        now = clock.now_ns() - self.begun_ns
        while self.sent < self.tasks and self.dues_ns[self.sent] <= now:
            due = self.begun_ns + self.dues_ns[self.sent]
            self.ask(channel)
            self.sent_at["{}".format(self.sent - 1)] = due
        if self.sent < self.tasks:
            left_s = (self.begun_ns + self.dues_ns[self.sent] - clock.now_ns()) / 1e9
            self.connection.ioloop.call_later(max(0.0, left_s), lambda: self.step(channel))

    def answered(self, channel, _method, properties, body):
        now = self.last_ns = clock.now_ns()
        self.latencies_ns.append(now - self.sent_at.pop(properties.correlation_id))
        if self.sent == self.tasks and not self.sent_at:
            self.finished_ns = now
            self.stop()


def measure_paced(url, queue, rate, seconds, durable):
    """The same words as contenders.closed_loop prints with --rate."""
    asker = Paced(url, queue, offered_load.dues(rate, seconds), durable)
    asker.run()
    return offered_load.line(sorted(asker.latencies_ns))


def measure(url, queue, tasks, window, durable):
    """The same words as contenders.closed_loop prints."""

    def ask(count, at_once):
        asker = Asker(url, queue, count, at_once, 5.0, durable)
        asker.run()
        return asker

    ask(min(tasks, 2000), window)
    saturated = ask(tasks, window)
    ask(min(tasks, 1000), 1)
    alone = ask(min(tasks, 1000), 1)
    latencies = sorted(alone.latencies_ns)
    return {
        "tasks_per_s": saturated.per_second(),
        "latency_us": latencies[len(latencies) // 2] / 1000,
        "p99_us": latencies[len(latencies) * 99 // 100] / 1000,
        "wrong": len(saturated.latencies_ns) != tasks,
    }


def count(url, queue, tasks, quiet_s):
    """All at once; how many of them are answered, and how many are lost."""
    asker = Asker(url, queue, tasks, tasks, quiet_s)
    asker.run()
    return {"sent": asker.sent, "answered": len(asker.latencies_ns), "lost": len(asker.sent_at)}


def main(arguments=None):
    parser = argparse.ArgumentParser(description="request and reply with plain pika: no promise")
    parser.add_argument("what", choices=["serve", "ask", "count"])
    parser.add_argument("url", type=url_argument.url)
    parser.add_argument("--queue", default="runoff.raw")
    parser.add_argument("--durable", action="store_true", help="persistent messages, and a quorum queue of tasks")
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--window", type=int, default=100, help="ask: tasks in flight")
    parser.add_argument("--rate", type=float, help="ask: begin so many tasks a second instead, for --seconds")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--quiet-s", type=float, default=5.0, help="count: so long without an answer is the end")
    chosen = parser.parse_args(arguments)
    if chosen.what == "serve":
        Server(chosen.url, chosen.queue, chosen.durable).run()
    elif chosen.what == "ask" and chosen.rate:
        line = measure_paced(chosen.url, chosen.queue, chosen.rate, chosen.seconds, chosen.durable)
        print(json.dumps(line, sort_keys=True))
    elif chosen.what == "ask":
        line = measure(chosen.url, chosen.queue, chosen.tasks, chosen.window, chosen.durable)
        print(json.dumps(line, sort_keys=True))
    else:
        print(json.dumps(count(chosen.url, chosen.queue, chosen.tasks, chosen.quiet_s), sort_keys=True))


if __name__ == "__main__":
    main()
