# Run by the interpreter under test (Python 2.7 upward).
"""An open loop: tasks begin at random at a given rate, whether or not earlier ones have ended.

A latency counts from the moment that a task should have begun, so what a stall delays is counted in full (Tene: how not
to measure latency).
"""

from __future__ import absolute_import, division, print_function, unicode_literals

import random

from compat import clock

SEED = 1
LAST_WAIT_S = 0.05


def dues(rate, seconds, seed=SEED):
    """When tasks begin, in nanoseconds from now on: ``rate`` a second on average, at random (Poisson)."""
    chance = random.Random(seed)
    found, at = [], 0.0
    while at < seconds:
        at += chance.expovariate(rate)
        found.append(int(at * 1e9))
    return found


def measure(asker, rate, seconds, now_ns=clock.now_ns):
    """Sorted nanoseconds from each task's moment to its answer. ``asker``: submit(number); look(timeout_s), the answers
    there are, each the number that was sent; least_wait_s: it cannot wait for less, and is asked again and again."""
    wanted = dues(rate, seconds)
    submit, look = asker.submit, asker.look
    times = []
    sent, tasks = 0, len(wanted)
    begun = now_ns()
    while len(times) < tasks:
        now = now_ns() - begun
        while sent < tasks and wanted[sent] <= now:
            submit(sent)
            sent += 1
        left_s = (wanted[sent] - now) / 1e9 if sent < tasks else LAST_WAIT_S
        answers = look(left_s if left_s >= asker.least_wait_s else 0.0)
        if answers:
            now = now_ns() - begun
            times += [now - wanted[answer] for answer in answers]
    return sorted(times)


def line(times_ns):
    """What is printed of them: microseconds."""
    return {
        "tasks": len(times_ns),
        "p50_us": times_ns[len(times_ns) // 2] / 1000,
        "p99_us": times_ns[len(times_ns) * 99 // 100] / 1000,
    }
