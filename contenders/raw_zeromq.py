# Run by the interpreter under test (Python 2.7 upward, with pyzmq), as a contender of our transports.
"""A hand-written DEALER/ROUTER loop with JSON, one message per task, and no guarantees.

    python -m contenders.raw_zeromq serve ADDRESS
    python -m contenders.raw_zeromq ask ADDRESS --tasks N --window W      prints one line of JSON

It receives blocking, then drains without waiting: the fastest variant that we found for one task per message.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import json

from compat.zeromq import zmq
from contenders import closed_loop
from transports import errors, ready
from transports.wires import curve

# As plain integers: pyzmq's own are enumerations, which are slow with & and |.
_EVENTS, _POLLIN, _NOBLOCK = int(zmq.EVENTS), int(zmq.POLLIN), int(zmq.NOBLOCK)


def serve(address):
    """Answer every {"id", "args"} with {"id", "result": args[0]}; never return."""
    curve.refuse_open(address, curve.NO_CURVE)
    socket = zmq.Context().socket(zmq.ROUTER)
    socket.bind(str(address))
    ready.say_ready(socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode("ascii"))
    while True:
        sender, frame = socket.recv_multipart()
        task = json.loads(frame.decode("utf-8"))
        reply = json.dumps({"id": task["id"], "result": task["args"][0]})
        socket.send_multipart([sender, reply.encode("utf-8")])


class RawClient(object):
    """A client with the interface of closed_loop.measure and offered_load.measure."""

    least_wait_s = closed_loop.ZEROMQ_WAIT_S

    def __init__(self, address):
        self._socket = zmq.Context().socket(zmq.DEALER)
        self._socket.linger = 0
        self._socket.connect(str(address))
        self._next = 0

    def submit(self, number):
        self._next += 1
        task = {"id": self._next, "name": "noop", "args": [number]}
        self._socket.send(json.dumps(task).encode("utf-8"))

    def receive(self):
        """Wait for at least one result; return all that have arrived."""
        return [json.loads(self._socket.recv().decode("utf-8"))["result"]] + self._drain()

    def poll(self, timeout_s):
        """Return the results that have arrived; wait up to ``timeout_s`` for the first."""
        if timeout_s:
            self._socket.poll(int(timeout_s * 1000))
        return self._drain()

    def _drain(self):
        results = []
        while self._socket.getsockopt(_EVENTS) & _POLLIN:
            results.append(json.loads(self._socket.recv(_NOBLOCK).decode("utf-8"))["result"])
        return results

    def close(self):
        self._socket.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m contenders.raw_zeromq")
    parser.add_argument("what", choices=("serve", "ask"))
    parser.add_argument("address")
    closed_loop.add_options(parser)
    given = parser.parse_args()
    if given.what == "serve":
        try:
            serve(given.address)
        except errors.Unusable as problem:
            parser.error("{}".format(problem))
    else:
        closed_loop.main(RawClient(given.address), given)
