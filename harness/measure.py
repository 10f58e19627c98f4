# Run by the interpreter under test (Python 2.7 upward).
"""The timed loop."""

from __future__ import absolute_import, division, print_function, unicode_literals

import array

#: A relative shift between a quarter and the following half above this means that times still change (docs/method.md).
STILL_CHANGING = 0.03
#: So many times stay alive as floats. In any program something of most sizes stays alive between two calls. Where
#: nothing does, memory that a call is done with goes back to the system, and the next call pays to get it again.
KEPT = 1000


def measure(call, check, now_ns, min_iterations, max_iterations, max_ns, min_ns=0, soak_ns=0):
    """Time ``call`` repeatedly; return the durations in nanoseconds, the cold one first.

    ``check`` examines every answer outside the timed section, and raises when it is wrong. The loop runs at least
    ``min_iterations`` times, until the durations add up to ``min_ns``, and until ``soak_ns`` have passed, with what is
    done between. Then it goes on while the times still change, up to ``max_iterations`` in all or ``max_ns`` since the
    first.
    """
    kept = [None] * KEPT
    times = array.array(str("d"), b"\0" * 8 * max_iterations)  # not an object for each: a soak would see a leak
    count = measured_ns = 0
    begun = now_ns()
    while count < max_iterations:
        start = now_ns()
        answers = call()
        stop = now_ns()
        times[count] = stop - start
        kept[count % KEPT] = times[count]  # a float of its own
        measured_ns += stop - start
        count += 1
        check(answers)
        if count < min_iterations or measured_ns < min_ns or stop - begun < soak_ns:
            continue
        if stop - begun >= max_ns or not changing(times[1:count]):
            break
    return [int(time_ns) for time_ns in times[:count]]


def changing(times):
    """Return whether the last half of ``times`` differs from the quarter before it by more than STILL_CHANGING.

    Compare medians, so that one spike is not a shift.
    """
    half = len(times) // 2
    quarter = len(times) // 4
    if quarter < 1:
        return False
    late = _median(times[-half:])
    before = _median(times[-half - quarter : -half])
    return abs(before - late) > STILL_CHANGING * late


def _median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
