# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.steady.trickle URL
"""A client that submits a task every 10 ms (--every-ms) and prints a line for each outcome, until its stdin ends.

A line holds the wall clock's seconds and the outcome: "ok" or an error code. The last line holds three counts: tasks
submitted, tasks that succeeded, and duplicate outcomes.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import sys
import threading
import time

from compat import clock
from transports import session, url_argument

EVERY_MS = 10.0
DEADLINE_S = 60.0


def submit_until(ended, client, say, every_ns):
    """Submit a task each ``every_ns`` and report outcomes until ``ended()``, then until every task has its outcome."""
    seen = collections.Counter()
    submitted = ok = 0
    due = clock.now_ns()
    while not ended() or client.pending():
        if clock.now_ns() >= due and not ended():
            client.submit("noop", [submitted], deadline_s=DEADLINE_S)
            submitted += 1
            due += every_ns
        for outcome in client.poll(0.002):
            seen[outcome.id] += 1
            ok += outcome.error is None
            say("{:.6f} {}".format(time.time(), "ok" if outcome.error is None else outcome.error["code"]))
    say("{} {} {}".format(submitted, ok, sum(seen.values()) - len(seen)))


def end_of_input():
    """Return a function that says whether stdin has ended; a thread waits for that."""
    over = threading.Event()

    def wait():
        sys.stdin.read()
        over.set()

    waiter = threading.Thread(target=wait)
    waiter.daemon = True
    waiter.start()
    return over.is_set


def add_every_ms(parser):
    """Add the option that says how often something is sent."""
    parser.add_argument("--every-ms", type=float, default=EVERY_MS)


def say(line):
    """Print ``line`` at once."""
    print(line)
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(prog="python -m contenders.steady.trickle")
    parser.add_argument("url", type=url_argument.url)
    add_every_ms(parser)
    given = parser.parse_args()
    ended = end_of_input()
    with session.connect(given.url) as client:
        client.wait_for_workers(1, DEADLINE_S)
        submit_until(ended, client, say, int(given.every_ms * 1e6))


if __name__ == "__main__":
    main()
