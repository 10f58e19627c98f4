# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.closed_loop URL --tasks N --window W
"""A client that keeps ``window`` tasks in flight; it prints the throughput, and the latency of single tasks.

It prints one line of JSON: tasks_per_s with ``window`` tasks in flight; latency_us and p99_us (the median and the 99th
percentile) with one in flight; wrong, whether any answer was wrong. With --rate it begins tasks in an open loop instead
(offered_load.py).
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import json

from compat import clock
from contenders import offered_load
from transports import session, url_argument

ZEROMQ_WAIT_S = 0.001  # ZeroMQ waits for whole milliseconds


class SessionClient(object):
    """A session of ours over a URL, with the interface that ``measure`` uses."""

    def __init__(self, url, name="noop"):
        self._session = session.connect(url).open()
        self._session.wait_for_workers()
        self._name = name
        self.least_wait_s = ZEROMQ_WAIT_S if url.startswith("zmq") else 0.0

    def submit(self, number):
        self._session.submit(self._name, [number])

    def receive(self):
        """Wait for at least one result; return all that have arrived."""
        outcomes = []
        while not outcomes:
            outcomes = self._session.poll(1.0)
        return [outcome.result for outcome in outcomes]

    def poll(self, timeout_s):
        """Return the results that have arrived; wait up to ``timeout_s`` for the first."""
        return [outcome.result for outcome in self._session.poll(timeout_s)]

    def close(self):
        self._session.close()


def measure(client, tasks, window, now_ns=clock.now_ns):
    """Run ``tasks`` tasks with ``window`` in flight; return (nanoseconds, whether any answer was wrong).

    ``client.submit(number)`` begins a task; ``client.receive()`` waits for at least one answer and returns a list. The
    answers are compared by their sum.
    """
    submit, receive = client.submit, client.receive
    sent = done = total = 0
    begun = now_ns()
    while done < tasks:
        while sent < tasks and sent - done < window:
            submit(sent)
            sent += 1
        for answer in receive():
            total += answer
            done += 1
    took_ns = now_ns() - begun
    return took_ns, total != tasks * (tasks - 1) // 2


def add_options(parser):
    """Add the options that ``main`` reads to an argparse parser."""
    parser.add_argument("--tasks", type=int, default=20000)
    parser.add_argument("--window", type=int, default=1000, help="tasks in flight at once")
    parser.add_argument(
        "--alone", type=int, default=1000, help="single tasks to time afterwards, one in flight; may be 0"
    )
    parser.add_argument("--rate", type=float, help="start this many tasks a second instead, for --seconds")
    parser.add_argument("--seconds", type=float, default=2.0)


def main(client, given):
    """Measure ``client`` by the options of ``add_options``, close it, and print one line of JSON."""
    measure(client, min(given.tasks, 2000), given.window)  # warm up: batch sizes are learned, code is compiled
    if given.rate:
        times = offered_load.measure(client, given.rate, given.seconds)
        client.close()
        print(json.dumps(offered_load.summary(times), sort_keys=True))
        return
    took_ns, wrong = measure(client, given.tasks, given.window)
    measure(client, min(given.tasks, given.alone), 1)  # warm up: single tasks take another path
    times = []
    for _ in range(min(given.tasks, given.alone)):
        one_ns, one_wrong = measure(client, 1, 1)
        times.append(one_ns)
        wrong = wrong or one_wrong
    client.close()
    times.sort()
    line = {
        "tasks_per_s": given.tasks * 1e9 / took_ns,
        "latency_us": times[len(times) // 2] / 1000 if times else None,
        "p99_us": times[len(times) * 99 // 100] / 1000 if times else None,
        "wrong": wrong,
    }
    print(json.dumps(line, sort_keys=True))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m contenders.closed_loop")
    parser.add_argument("url", type=url_argument.url)
    add_options(parser)
    given = parser.parse_args()
    main(SessionClient(given.url), given)
