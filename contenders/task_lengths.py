# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m contenders.task_lengths URL --workers N
"""How much of their time workers spend in tasks of a given length, and how evenly tasks are spread over them.

Tasks sleep, so that client and workers do not compete for cores. A task returns its worker's process id and how long it
really slept, since no system sleeps for exactly 0.1 ms. ``efficiency`` is the seconds slept divided by the wall seconds
times the workers; ``balance`` is the busiest worker's seconds divided by the idlest worker's. The command prints one
line of JSON: [{task_ms, tasks, efficiency, balance, wrong}].
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import argparse
import collections
import json
import os
import time

from compat import clock
from transports import session, url_argument

LENGTHS_MS = (0.1, 1, 10, 100)
SECONDS = 2.0


def slept(seconds):
    """Sleep for ``seconds``; return [process id, nanoseconds slept]."""
    begun = clock.now_ns()
    time.sleep(seconds)
    return [os.getpid(), clock.now_ns() - begun]


TASKS = {"slept": slept}


def measure(client, task_ms, workers, seconds=SECONDS):
    """Run as many tasks as ``workers`` could do in ``seconds``; return the entry for this length."""
    tasks = max(10 * workers, int(seconds * 1000 / task_ms) * workers)
    client.gather("slept", [(task_ms / 1000.0,)] * (4 * workers))  # warm up: the length of such a task is learned
    begun = clock.now_ns()
    outcomes = client.gather("slept", [(task_ms / 1000.0,)] * tasks)
    took_ns = clock.now_ns() - begun
    asleep = collections.Counter()
    for outcome in outcomes:
        if outcome.error is None:
            asleep[outcome.result[0]] += outcome.result[1]
    busiest, idlest = max(asleep.values()), min(asleep.values())
    return {
        "task_ms": task_ms,
        "tasks": tasks,
        "efficiency": sum(asleep.values()) / (took_ns * workers),
        "balance": busiest / idlest if len(asleep) == workers else None,
        "wrong": sum(1 for outcome in outcomes if outcome.error is not None),
    }


def main():
    parser = argparse.ArgumentParser(prog="python -m contenders.task_lengths")
    parser.add_argument("url", type=url_argument.url)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--lanes", type=int, default=2, help="worker connections to wait for; 1 for a broker's queue")
    given = parser.parse_args()
    with session.connect(given.url) as client:
        client.wait_for_workers(given.lanes)
        print(json.dumps([measure(client, task_ms, given.workers) for task_ms in LENGTHS_MS]))


if __name__ == "__main__":
    main()
