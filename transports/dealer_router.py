# Run by the interpreter under test (Python 2.7 upward, with pyzmq and Tornado); the pattern of the book's chapter.
"""ZeroMQ workers as a chapter on scaling Python draws them: one DEALER over several ROUTERs, on a Tornado loop.

    python -m transports.dealer_router worker ADDRESS
    python -m transports.dealer_router client ADDRESS [ADDRESS ...] --tasks N

The client's DEALER deals the tasks out in turn to all workers it is connected to. No guarantee: what a worker that dies
was dealt is never answered, and the client says how many that were. Kept as the baseline without a promise.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import json

import zmq
from tornado import ioloop
from zmq.eventloop.zmqstream import ZMQStream

from compat import clock
from transports import errors, ready
from transports.wires import curve


class Worker(object):
    """Answers {"num": N} with {"num": N}, on the loop."""

    def __init__(self, address):
        curve.refuse_open(address, curve.NO_CURVE)
        socket = zmq.Context.instance().socket(zmq.ROUTER)
        socket.bind(str(address))
        self.address = socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode("ascii")
        self._stream = ZMQStream(socket)
        self._stream.on_recv(self._answer)

    def _answer(self, parts):
        number = json.loads(parts[-1].decode("utf-8"))["num"]
        self._stream.send_multipart([parts[0], json.dumps({"num": number}).encode("utf-8")])


class Client(object):
    """Keeps at most ``window`` numbers in flight (None: all of them)."""

    def __init__(self, addresses, loop, window=None):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        for address in addresses:
            socket.connect(str(address))
        self._stream = ZMQStream(socket, loop)
        self._stream.on_recv(self._take)
        self._window = window
        self._loop = loop

    def ask(self, numbers):
        """Send ``numbers``; return those that came back, in order of arrival, until none came for a second."""
        self._answers = []
        self._waiting = collections.deque(numbers)
        self._total = len(self._waiting)
        for _ in range(min(self._window or self._total, self._total)):
            self._send()
        self._listen(-1)
        self._loop.start()
        self._loop.remove_timeout(self._silence)
        return self._answers

    def _send(self):
        self._stream.send(json.dumps({"num": self._waiting.popleft()}).encode("utf-8"))

    def _listen(self, heard):
        """Check once a second; stop where nothing came since the last check."""
        if len(self._answers) == heard:
            self._loop.stop()
        self._silence = self._loop.call_later(1.0, self._listen, len(self._answers))

    def _take(self, parts):
        self._answers.append(json.loads(parts[-1].decode("utf-8"))["num"])
        if self._waiting:
            self._send()
        elif len(self._answers) == self._total:
            self._loop.stop()

    def close(self):
        self._stream.close()


def main():
    parser = argparse.ArgumentParser(prog="python -m transports.dealer_router")
    parser.add_argument("what", choices=("worker", "client"))
    parser.add_argument("addresses", nargs="+", help="tcp://127.0.0.1:5555, ipc:///folder/name")
    parser.add_argument("--tasks", type=int, default=1000)
    given = parser.parse_args()
    if given.what == "worker":
        try:
            worker = Worker(given.addresses[0])
        except errors.Unusable as problem:
            parser.error("{}".format(problem))
        ready.say_ready(worker.address)
        ioloop.IOLoop.current().start()
        return
    begun = clock.now_ns()
    lost = given.tasks - len(Client(given.addresses, ioloop.IOLoop.current()).ask(range(given.tasks)))
    took_s = (clock.now_ns() - begun) / 1e9
    summary = {"tasks": given.tasks, "lost": lost, "seconds": round(took_s, 6), "guarantees": []}
    print(json.dumps(summary, sort_keys=True))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
