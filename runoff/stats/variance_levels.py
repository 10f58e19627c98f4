# Run by the driver (Python 3.9 upward): pure functions on times.
"""How many warm iterations an invocation should have, from the noise at each level and what a start costs.

Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013: for a given budget the interval is narrowest
where the count of iterations is the root of (cost of a start / cost of an iteration) x (variance within / between).
Three or four invocations of one cell say little of either variance: taken from them alone, the count was wrong so often
that an interval cost up to four times the seconds it needs (docs/method-evidence.md). So both are pooled over the cells
that do the same task by the same scenario.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable

ENOUGH = 4  # degrees of freedom between invocations, over all cells, from which on their variance can be told
FEWEST, MOST = 2, 24


def warm_iterations(alike: Iterable[list[list[int]]], start_ns: float, iteration_ns: float) -> int | None:
    """Return the best count of warm iterations, where a start takes ``start_ns`` and an iteration ``iteration_ns``.

    ``alike`` holds cells that are noisy in the same way, each as the warm times of its invocations. Return None where
    they are too few to tell.
    """
    within = between = 0.0
    freedom = 0
    for cell in alike:
        usable = [[math.log(time_ns) for time_ns in times] for times in cell if len(times) >= FEWEST]
        if len(usable) < 2:
            continue
        own = statistics.fmean(_variance(times) for times in usable)
        share = statistics.fmean(_variance(times) / len(times) for times in usable)
        weight = len(usable) - 1
        within += weight * own
        between += weight * (_variance([statistics.fmean(times) for times in usable]) - share)
        freedom += weight
    if freedom < ENOUGH:
        return None
    if within == 0.0:
        return FEWEST
    if between <= 0.0:
        return MOST
    return min(MOST, max(FEWEST, round(math.sqrt(max(0.0, start_ns) / iteration_ns * within / between))))


def _variance(values: list[float]) -> float:
    centre = statistics.fmean(values)
    return math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1)
