# Run by the report (Python 3.9 upward).
"""Which iterations of an invocation speak for it, and whether it had settled.

Rule for short runs (METHOD, protocol 5): a shift above 3 % between the quarter before the last half and the last half
means that the times were still changing. The cold iteration is always kept apart; nothing is deleted from the record.
"""

from __future__ import annotations

import statistics

SHIFT = 0.03


def still_changing(warm_ns: list[int]) -> bool:
    """Had the times (iterations after the cold one, in order) not settled when the invocation ended?"""
    half, quarter = len(warm_ns) // 2, len(warm_ns) // 4
    if quarter < 1:
        return False
    late = statistics.median(warm_ns[-half:])
    before = statistics.median(warm_ns[-half - quarter : -half])
    return abs(before - late) > SHIFT * late


def steady_ns(iterations_ns: list[int]) -> float:
    """One invocation's summary: the mean of the last half of its iterations, in nanoseconds.

    The cold iteration is in it only where there is no other (an invocation of one).
    """
    warm = iterations_ns[1:] or iterations_ns
    return statistics.fmean(warm[len(warm) // 2 :])
