# Run by the interpreter under test (Python 2.7 upward).
"""Call a person's function from several threads at once."""

from __future__ import absolute_import, division, print_function, unicode_literals

import sys
import threading

from compat import clock
from harness.own_function.failed_check import CheckFailed

THREADS, FEW_THREADS = 8, 2
LONG_S = 1.0  # a call from which on few threads are enough to wait for


def call_from_threads(calls, for_s):
    """Call the function from 8 threads at once (2 where a call is long); compare every answer with the first.

    Threads that do not end go on as long as this process, so this is the last check.
    """
    if calls.target.get("fresh"):
        return "not asked: --fresh empties what calls at the same time have kept"
    count = THREADS if sum(calls.times_ns) < LONG_S * 1e9 * len(calls.times_ns) else FEW_THREADS
    wrong = []
    if hasattr(sys, "setswitchinterval"):  # for what is left of this process
        sys.setswitchinterval(1e-5)
    threads = _start_threads(calls, count, for_s, wrong)
    limit_s = calls.compute_limit_s(count)
    last = clock.now_ns() + limit_s * 1e9
    for thread in threads:
        thread.join(max(0.0, (last - clock.now_ns()) / 1e9))
    if wrong:
        raise CheckFailed(wrong[0])
    if any(thread.is_alive() for thread in threads):
        raise CheckFailed("{} threads at once did not end within {:.0f} s".format(count, limit_s))
    return None if count == THREADS else "{} at once, because a call is long".format(count)


def _start_threads(calls, count, for_s, wrong):
    """Start ``count`` threads that cycle the inputs for ``for_s``, each from another one on, until one is ``wrong``."""
    inputs = len(calls.inputs)
    end = clock.now_ns() + for_s * 1e9

    def work(first):
        index = first * inputs // count
        while not wrong:
            difference, _ = calls.compare(index % inputs)
            if difference:
                wrong.append(difference)
            index += 1
            if clock.now_ns() > end:
                return

    threads = [threading.Thread(target=work, args=(first,)) for first in range(count)]
    for thread in threads:
        thread.daemon = True
        thread.start()
    return threads
