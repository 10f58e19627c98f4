# Run by the interpreter under test (Python 2.7 upward, with pyzmq and Tornado); the pattern of the book's chapter.
"""ZeroMQ workers as a chapter on scaling Python draws them: one DEALER over several ROUTERs, on a Tornado loop.

    python -m transports.plain worker ADDRESS
    python -m transports.plain client ADDRESS [ADDRESS ...] --tasks N

The client's DEALER deals the tasks out in turn to all workers it is connected to. No guarantee: what a worker that dies
was dealt is never answered, and the client says how many that were. Kept as the baseline without a promise.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import json

import zmq
from tornado import ioloop
from zmq.eventloop.zmqstream import ZMQStream

from compat import clock
from transports import asking


class Worker(object):
    """Answers {"num": N} with {"num": N}, on the loop."""

    def __init__(self, address):
        socket = zmq.Context.instance().socket(zmq.ROUTER)
        socket.bind(str(address))
        self._stream = ZMQStream(socket)
        self._stream.on_recv(self._answer)

    def _answer(self, parts):
        number = json.loads(parts[-1].decode("utf-8"))["num"]
        self._stream.send_multipart([parts[0], json.dumps({"num": number}).encode("utf-8")])


class Client(object):
    """Sends every task at once and stops the loop when all have been answered, or when nothing came for a second."""

    def __init__(self, addresses, tasks):
        socket = zmq.Context.instance().socket(zmq.DEALER)
        socket.linger = 0
        for address in addresses:
            socket.connect(str(address))
        self._stream = ZMQStream(socket)
        self._stream.on_recv(self._take)
        self._left = set(range(tasks))
        self._loop = ioloop.IOLoop.current()
        self._silence = None

    def run(self):
        """How many tasks were never answered."""
        for number in sorted(self._left):
            self._stream.send(json.dumps({"num": number}).encode("utf-8"))
        self._watch()
        self._loop.start()
        return len(self._left)

    def _watch(self):
        if self._silence is not None:
            self._loop.remove_timeout(self._silence)
        self._silence = self._loop.call_later(1.0, self._loop.stop)

    def _take(self, parts):
        self._left.discard(json.loads(parts[-1].decode("utf-8"))["num"])
        if self._left:
            self._watch()
        else:
            self._loop.stop()


def main():
    parser = argparse.ArgumentParser(prog="python -m transports.plain")
    parser.add_argument("what", choices=("worker", "client"))
    parser.add_argument("addresses", nargs="+", help="tcp://127.0.0.1:5555, ipc:///folder/name")
    parser.add_argument("--tasks", type=int, default=1000)
    given = parser.parse_args()
    if given.what == "worker":
        worker = Worker(given.addresses[0])  # noqa: F841  (the loop holds only its stream)
        asking.say_ready(given.addresses[0])
        ioloop.IOLoop.current().start()
        return
    begun = clock.now_ns()
    lost = Client(given.addresses, given.tasks).run()
    took_s = (clock.now_ns() - begun) / 1e9
    print(json.dumps({"tasks": given.tasks, "lost": lost, "seconds": round(took_s, 6)}, sort_keys=True))


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
