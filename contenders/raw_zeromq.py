# Run by the interpreter under test (Python 2.7 upward, with pyzmq): what the promise is compared with.
"""A hand-written DEALER/ROUTER loop with JSON, one message per task, and no promise at all.

    python -m contenders.raw_zeromq serve ADDRESS
    python -m contenders.raw_zeromq ask ADDRESS --tasks N --window W      prints one line of JSON

Blocking receive, then drained without waiting: the quickest that was found for one task a message.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import json

import zmq

from contenders import closed_loop
from transports import errors, ready
from transports.wires import curve

# As plain integers: pyzmq's own are enumerations, and slow with & and |.
_EVENTS, _POLLIN, _NOBLOCK = int(zmq.EVENTS), int(zmq.POLLIN), int(zmq.NOBLOCK)


def serve(address):
    """Answer every {"id", "args"} with {"id", "result": args[0]}, for ever."""
    curve.refuse_open(address, curve.HAS_NONE)
    socket = zmq.Context().socket(zmq.ROUTER)
    socket.bind(str(address))
    ready.say_ready(socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0").decode("ascii"))
    while True:
        sender, frame = socket.recv_multipart()
        task = json.loads(frame.decode("utf-8"))
        reply = json.dumps({"id": task["id"], "result": task["args"][0]})
        socket.send_multipart([sender, reply.encode("utf-8")])


class Raw(object):
    """The asking side: submit and poll as asking.measure wants them, and look as paced.measure does."""

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

    def poll(self):
        """The results there are, at least one."""
        return [json.loads(self._socket.recv().decode("utf-8"))["result"]] + self._there()

    def look(self, timeout_s):
        """The results there are; waits up to ``timeout_s`` for the first."""
        if timeout_s:
            self._socket.poll(int(timeout_s * 1000))
        return self._there()

    def _there(self):
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
        closed_loop.main(Raw(given.address), given)
