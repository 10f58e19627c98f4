# Run by the interpreter under test (Python 2.7 upward).
"""The timed loop, and nothing else."""

from __future__ import absolute_import, division, print_function, unicode_literals

import array

#: A shift between the previous quarter and the last half beyond this is a run that is still changing: METHOD, 5.
STILL_CHANGING = 0.03


def measure(call, check, now_ns, settled, most, moving_ns, at_least_ns=0):
    """Time ``call`` again and again; the durations in nanoseconds, the cold one first.

    ``check`` looks at every answer, outside the clock, and raises when it is wrong. At least ``settled`` iterations;
    then more while the times still change, up to ``most`` in all or ``moving_ns`` since the first; whatever they do,
    not fewer than fit into ``at_least_ns``.
    """
    times = array.array(str("d"), [0.0]) * most  # no new object per time: a soak would see them as a leak
    count = 0
    begun = now_ns()
    while count < most:
        start = now_ns()
        answers = call()
        stop = now_ns()
        times[count] = stop - start
        count += 1
        check(answers)
        if count < settled or stop - begun < at_least_ns:
            continue
        if stop - begun >= moving_ns or not changing(times[1:count]):
            break
    return [int(time_ns) for time_ns in times[:count]]


def changing(times):
    """Do the last half of ``times`` differ from the quarter before it by more than ``STILL_CHANGING``?

    Medians, so that one spike upward is not a shift.
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
