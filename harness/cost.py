# Run by the interpreter under test (Python 2.7 upward): INTERPRETER -m harness.cost REPLY.json
"""What the instrument itself costs here: the timed loop per iteration, and one call of a kernel by each way into C."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys

from compat import clock, text
from harness.measure import measure
from scenarios.tasks import computing

ITERATIONS = 20000
CALLS = 100000
REPEATS = 7  # the least of them counts: noise only adds


def loop_ns():
    """{"per_iteration", "in_each_time"}: nanoseconds that an empty call costs in all, and that its time shows."""
    in_all, shown = [], []
    for _ in range(REPEATS):
        start = clock.now_ns()
        times = measure(_nothing, _no_check, clock.now_ns, ITERATIONS, ITERATIONS, 0, 0)
        in_all.append((clock.now_ns() - start) / ITERATIONS)
        shown.append(sorted(times)[ITERATIONS // 2])
    return {"per_iteration": min(in_all), "in_each_time": min(shown)}


def _nothing():
    return None


def _no_check(answer):
    return None


def calls_ns():
    """{way: nanoseconds of one call of noop}, the loop around it taken away; those ways that this interpreter has."""
    empty = _per_turn(None)
    found = {}
    for name, get in computing.WAYS:
        try:
            noop = get()
        except (ImportError, OSError, AttributeError):
            continue
        if noop(12345) != 12345:
            raise AssertionError("{} answers wrongly".format(name))
        found[name] = max(0.0, _per_turn(noop) - empty)
    return found


def _per_turn(noop):
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
