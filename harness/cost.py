# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m harness.cost REPLY.json
"""The cost of the harness itself: of one iteration of the timed loop, and of one kernel call by each way into C."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys

from compat import clock, text
from harness.measure import measure
from scenarios.tasks import computing

ITERATIONS = 20000
CALLS = 100000
REPEATS = 7  # the smallest counts: noise only adds


def loop_ns():
    """Return {"per_iteration", "in_each_time"} in nanoseconds.

    The first is the whole cost of timing an empty call; the second is the part that each recorded time contains.
    """
    totals, shown = [], []
    for _ in range(REPEATS):
        start = clock.now_ns()
        times = measure(_nothing, _no_check, clock.now_ns, ITERATIONS, ITERATIONS, 0, 0)
        totals.append((clock.now_ns() - start) / ITERATIONS)
        shown.append(sorted(times)[ITERATIONS // 2])
    return {"per_iteration": min(totals), "in_each_time": min(shown)}


def _nothing():
    return None


def _no_check(answer):
    return None


def calls_ns():
    """Return {way: nanoseconds of one call of noop} for each way that this interpreter has, without the loop's cost."""
    empty = _per_turn(None)
    costs = {}
    for name, load in computing.WAYS:
        try:
            noop = load()
        except (ImportError, OSError, AttributeError):
            continue
        if noop(12345) != 12345:
            raise AssertionError("noop called by {} returned a wrong answer".format(name))
        costs[name] = max(0.0, _per_turn(noop) - empty)
    return costs


def _per_turn(noop):
    """Return the nanoseconds of one turn of a loop around ``noop(12345)``; None: of the empty loop."""
    times = []
    for _ in range(REPEATS):
        start = clock.now_ns()
        if noop is None:
            for _ in range(CALLS):
                pass
        else:
            for _ in range(CALLS):
                noop(12345)
        times.append((clock.now_ns() - start) / CALLS)
    return min(times)


if __name__ == "__main__":
    text.write_json(sys.argv[1], {"loop_ns": loop_ns(), "calls_ns": calls_ns()})
