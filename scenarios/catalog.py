# Read by both halves: data only, imports nothing of ours. Must parse on 2.7.
"""The scenarios and the tasks by name. ``needs`` are words of the probe: what is missing is the reason of a skip."""

from __future__ import absolute_import, division, print_function, unicode_literals

import collections

Scenario = collections.namedtuple("Scenario", "name module needs parameters summary")
Task = collections.namedtuple("Task", "name needs work waits summary")

#: ``parameters`` are what a cell of this scenario is measured at, and printed with: ``concurrency`` (how many tasks at
#: once) and ``start_method`` (how multiprocessing starts a child).
SCENARIOS = [
    Scenario("serial", "serial", (), (), "one task after another"),
    Scenario("threads", "threads", ("threads",), (), "one thread per task"),
    Scenario("thread-pool", "thread_pool", ("threads",), ("concurrency",), "a fixed pool of threads"),
    Scenario(
        "processes", "processes", ("multiprocessing",), ("start_method",), "one process per task, answers by a queue"
    ),
    Scenario(
        "process-pool",
        "process_pool",
        ("multiprocessing",),
        ("concurrency", "start_method"),
        "a fixed pool of processes",
    ),
    Scenario(
        "tornado", "tornado_coroutines", ("tornado",), ("concurrency",), "Tornado's loop, coroutines and HTTP client"
    ),
    Scenario(
        "asyncio-tornado",
        "asyncio_tornado",
        ("asyncio", "tornado"),
        ("concurrency",),
        "async/await on asyncio's loop, with Tornado's HTTP client",
    ),
]

#: ``work`` names the amount of computing in one task (None: none worth calibrating); ``waits`` is True for tasks that
#: ask the latency server.
TASKS = [
    Task("native-gil", ("native",), "native", False, "burn CPU in C, holding the GIL"),
    Task("native-nogil", ("native",), "native", False, "burn CPU in C, the GIL released"),
    Task("python", (), "python", False, "burn CPU in Python code"),
    Task("io", ("requests",), None, True, "GET a number from the latency server"),
    Task("noop", (), None, False, "return the number: what the scenario itself costs"),
]


def by_name(table):
    """{name: row} of one of the tables above."""
    return collections.OrderedDict((row.name, row) for row in table)
