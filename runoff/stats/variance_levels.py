# Run by the driver (Python 3.9 upward): pure functions on times.
"""How many warm iterations an invocation should have, from the noise at each level and what a start costs.

Kalibera and Jones, "Rigorous benchmarking in reasonable time", 2013: for a given budget the interval is narrowest
where the count of iterations is the root of (cost of a start / cost of an iteration) x (variance within / between).
"""

from __future__ import annotations

import math
import statistics

ENOUGH = 3  # invocations from which on the variance between them can be told
FEWEST, MOST = 2, 24


def warm_iterations(invocations: list[list[int]], start_ns: float) -> int | None:
    """Return the best count of warm iterations; None where ``invocations`` (warm times each) are too few."""
    usable = [[math.log(time_ns) for time_ns in times] for times in invocations if len(times) >= FEWEST]
    if len(usable) < ENOUGH:
        return None
    within = statistics.fmean(statistics.variance(times) for times in usable)
    share = statistics.fmean(within / len(times) for times in usable)
    between = statistics.variance(statistics.fmean(times) for times in usable) - share
    if within == 0.0:
        return FEWEST
    if between <= 0.0:
        return MOST
    iteration_ns = statistics.median(statistics.median(times) for times in invocations)
    best = math.sqrt(max(0.0, start_ns) / iteration_ns * within / between)
    return min(MOST, max(FEWEST, round(best)))
