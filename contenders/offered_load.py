# Run by the interpreter under test (Python 2.7 upward).
"""An open loop for clients that must be polled: tasks begin at a given rate, whether or not earlier ones have ended.

A latency counts from the scheduled begin of its task, so that a stall counts in full for every task that it delays.
harness.open_loop draws the schedule and names the method's source.
"""

from __future__ import absolute_import, division, print_function, unicode_literals

from compat import clock
from harness import open_loop

SEED = 1  # the same schedule for all contenders
LAST_WAIT_S = 0.05


def measure(client, rate, seconds, now_ns=clock.now_ns):
    """Begin ``rate`` tasks a second for ``seconds``; return the latencies in nanoseconds, sorted.

    ``client.submit(number)`` begins a task. ``client.poll(timeout_s)`` returns the answers that have arrived, each the
    number that was sent. ``client.least_wait_s`` is the shortest timeout it can wait for; below that it is polled
    without waiting.
    """
    due = open_loop.schedule(rate, seconds, SEED)
    submit, poll = client.submit, client.poll
    latencies = []
    sent, tasks = 0, len(due)
    begun = now_ns()
    while len(latencies) < tasks:
        now = now_ns() - begun
        while sent < tasks and due[sent] <= now:
            submit(sent)
            sent += 1
        left_s = (due[sent] - now) / 1e9 if sent < tasks else LAST_WAIT_S
        answers = poll(left_s if left_s >= client.least_wait_s else 0.0)
        if answers:
            now = now_ns() - begun
            latencies += [now - due[answer] for answer in answers]
    return sorted(latencies)


def summary(times_ns):
    """Return {tasks, p50_us, p99_us} of sorted latencies."""
    return {
        "tasks": len(times_ns),
        "p50_us": times_ns[len(times_ns) // 2] / 1000,
        "p99_us": times_ns[len(times_ns) * 99 // 100] / 1000,
    }
