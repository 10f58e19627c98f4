# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.closed_loop URL --tasks N --window W
"""A client that keeps so many tasks under way and prints how many a second came back, and how long one alone took.

One line of JSON: tasks_per_s with ``window`` under way; latency_us, the median and p99 with one under way; wrong, the
answers that were not the number that was sent. With --rate instead: tasks begin at random, so many a second (paced.py).
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import json

from compat import clock
from contenders import offered_load
from transports import session, url_argument

ZEROMQ_WAIT_S = 0.001  # it waits for whole milliseconds


class Promised(object):
    """A session over a URL, as ``measure`` wants it."""

    def __init__(self, url, name="noop"):
        self._session = session.connect(url).open()
        self._session.wait_for_workers()
        self._name = name
        self.least_wait_s = ZEROMQ_WAIT_S if url.startswith("zmq") else 0.0

    def submit(self, number):
        self._session.submit(self._name, [number])

    def poll(self):
        outcomes = []
        while not outcomes:
            outcomes = self._session.poll(1.0)
        return [outcome.result for outcome in outcomes]

    def look(self, timeout_s):
        return [outcome.result for outcome in self._session.poll(timeout_s)]

    def close(self):
        self._session.close()


def measure(asker, tasks, window, now_ns=clock.now_ns):
    """(nanoseconds for ``tasks`` with ``window`` under way, wrong answers: by their sum)."""
    submit, poll = asker.submit, asker.poll
    sent = done = total = 0
    begun = now_ns()
    while done < tasks:
        while sent < tasks and sent - done < window:
            submit(sent)
            sent += 1
        for answer in poll():
            total += answer
            done += 1
    took_ns = now_ns() - begun
    return took_ns, total != tasks * (tasks - 1) // 2


def add_options(parser):
    parser.add_argument("--tasks", type=int, default=20000)
    parser.add_argument("--window", type=int, default=1000, help="tasks under way at once")
    parser.add_argument("--alone", type=int, default=1000, help="then so many with one under way; may be 0")
    parser.add_argument("--rate", type=float, help="begin so many tasks a second instead, for --seconds")
    parser.add_argument("--seconds", type=float, default=2.0)


def main(asker, given):
    """Measure and print."""
    measure(asker, min(given.tasks, 2000), given.window)  # what is learned or compiled in the beginning
    if given.rate:
        times = offered_load.measure(asker, given.rate, given.seconds)
        asker.close()
        print(json.dumps(offered_load.line(times), sort_keys=True))
        return
    took_ns, wrong = measure(asker, given.tasks, given.window)
    measure(asker, min(given.tasks, given.alone), 1)  # one alone takes another way than many: that is learned as well
    times = []
    for _ in range(min(given.tasks, given.alone)):
        one_ns, one_wrong = measure(asker, 1, 1)
        times.append(one_ns)
        wrong = wrong or one_wrong
    asker.close()
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
    main(Promised(given.url), given)
