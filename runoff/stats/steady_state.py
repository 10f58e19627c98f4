# Run by the driver and by the report (Python 3.9 upward): pure functions on one invocation's times.
"""Which iterations of an invocation count, and whether it had settled.

Barrett et al., "Virtual machine warmup blows hot and cold", OOPSLA 2017: at most 43.5 % of pairs of a virtual machine
and a benchmark reached a steady state of peak performance, so none is taken for granted. Runs of 20 iterations and more
use their change points (PELT over mean and variance: Killick, Fearnhead, Eckley 2012); shorter ones a cruder rule
(docs/method.md, rule 5). The cold iteration is always kept apart. Nothing is deleted from the record.
"""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")

FLAT = "flat"  # the same from the first iteration after the cold one
WARM_UP = "warm-up"  # it became faster, and stayed so
SLOW_DOWN = "slow-down"  # it became slower, and stayed so
NO_STEADY_STATE = "no steady state"  # it had all the time there is and did not settle
STILL_CHANGING = "still changing"  # it had not settled when it ended
STILL_WARMING = "still warming up"  # it ended before the plateau of its cell: its speed is a lower bound
INCONSISTENT = "inconsistent"  # invocations of one cell differ in class
SETTLED = "settled"  # the times stood still, in a run too short for a class

LONG = 20  # iterations after the cold one from which change points are looked for
SHIFT = 0.03  # of a shorter run: beyond this between a quarter and the half after it, it still changed
SAME = 0.02  # segments within this of the last one are the last one's
TAIL_ITERATIONS = 10
TAIL_SHARE = 0.25
TAIL_S = 1.0
#: Of the time that counts, spent compiling, above which nothing is steady (docs/method-evidence.md: what cells of PyPy
#: gained later).
BUSY = 0.01
MANY = 0.1  # of a cell's invocations: fewer do not make the cell's class


@dataclass(frozen=True)
class Steadiness:
    """The class of one invocation, and the index in ``iterations_ns`` from which it is steady (None: nowhere)."""

    kind: str
    start: int | None


def classify(
    iterations_ns: list[int], tail_s: float = TAIL_S, capped: bool = False, compiling_ns: list[int] | None = None
) -> Steadiness:
    """Return the class of one invocation.

    ``tail_s`` is how long the steady tail must last. ``capped`` says that there was no more time, so that "still
    changing" is "no steady state". ``compiling_ns``: how long the compiler worked in each iteration, where the
    interpreter tells; while it is busy nothing is steady.
    """
    found = _by_times(iterations_ns, tail_s, capped)
    if found.start is None or busy(iterations_ns, compiling_ns, found.start) <= BUSY:
        return found
    return Steadiness(STILL_WARMING if capped else STILL_CHANGING, None)


def busy(iterations_ns: list[int], compiling_ns: list[int] | None, start: int) -> float:
    """Return the compiler's share of the time from iteration ``start`` on; 0 where the interpreter does not tell."""
    return sum(compiling_ns[start:]) / sum(iterations_ns[start:]) if compiling_ns else 0.0


def calm_from(iterations_ns: list[int], compiling_ns: list[int]) -> int:
    """Return the least number of iterations from which on the compiler is not busy in their last half."""
    spent_ns, worked_ns = ([0, *accumulate(times)] for times in (iterations_ns, compiling_ns))
    for end in range(len(iterations_ns), 0, -1):
        if worked_ns[end] - worked_ns[end // 2] > BUSY * (spent_ns[end] - spent_ns[end // 2]):
            return end
    return 0


def _by_times(iterations_ns: list[int], tail_s: float, capped: bool) -> Steadiness:
    warm = iterations_ns[1:]
    if len(warm) < LONG:
        if still_changing(warm):
            return Steadiness(STILL_CHANGING, None)
        return Steadiness(SETTLED, min(1, len(warm)) + len(warm) // 2)
    first, earlier, last = _tail(warm)
    tail = warm[first:]
    too_little = len(tail) < max(TAIL_ITERATIONS, TAIL_SHARE * len(warm)) or sum(tail) < tail_s * 1e9
    if too_little or still_changing(tail):  # a slow drift has no change point, and is none the steadier for it
        return Steadiness(NO_STEADY_STATE if capped else STILL_CHANGING, None)
    if first == 0:
        return Steadiness(FLAT, 1)
    kind = WARM_UP if min(earlier) > last * (1 - SAME) else SLOW_DOWN
    return Steadiness(kind, 1 + first)


def capped(iterations_ns: list[int], most: int, longest_s: float) -> bool:
    """Return whether the profile's iterations or time forbid an invocation twice as long."""
    return 2 * len(iterations_ns) > most or 2 * sum(iterations_ns) > longest_s * 1e9


def still_changing(warm_ns: list[int]) -> bool:
    """Return whether the times (without the cold one, in order) had not settled when they ended."""
    half, quarter = len(warm_ns) // 2, len(warm_ns) // 4
    if quarter < 1:
        return False
    late = statistics.median(warm_ns[-half:])
    before = statistics.median(warm_ns[-half - quarter : -half])
    return abs(before - late) > SHIFT * late


def summary_ns(iterations_ns: list[int], steadiness: Steadiness) -> float:
    """Return the number that an invocation gives: the mean of the iterations that count, with spikes."""
    return statistics.fmean(counting(iterations_ns, steadiness))


def counting(iterations_ns: list[int], steadiness: Steadiness) -> list[int]:
    """Return the iterations that count, in nanoseconds: the steady ones.

    Where nothing is steady it is the last half, and the cell says so. The cold iteration counts only where there is no
    other.
    """
    warm = iterations_ns[1:]
    start = steadiness.start if steadiness.start is not None else 1 + len(warm) // 2
    return iterations_ns[start:] if warm else iterations_ns


def warmest(found: list[tuple[T, Steadiness]]) -> list[tuple[T, Steadiness]]:
    """Return the invocations of a cell that count, each with its class: those that ran for long enough, or all.

    Of these the warm ones, unless most are still warming up.
    """
    long = [pair for pair in found if pair[1].start is not None or pair[1].kind != STILL_WARMING]
    warm = [pair for pair in long if pair[1].kind != STILL_WARMING]
    return (warm if 2 * len(warm) >= len(long) else long) or found


def of_cell(kinds: Iterable[str]) -> str:
    """Return the class of a cell from the classes of its invocations."""
    counts = Counter(kinds)
    total = sum(counts.values())
    if counts[NO_STEADY_STATE] > MANY * total:
        return NO_STEADY_STATE
    if counts[STILL_WARMING] > MANY * total:
        return STILL_WARMING
    if 2 * counts[STILL_CHANGING] > total:
        return STILL_CHANGING
    found = [kind for kind in (FLAT, WARM_UP, SLOW_DOWN) if counts[kind] > MANY * total]
    if len(found) > 1:
        return INCONSISTENT
    return found[0] if found else SETTLED


def _tail(warm: list[int]) -> tuple[int, list[float], float]:
    """Return where the steady tail of ``warm`` begins, the means of the segments before it, and the tail's mean."""
    # Here, since its libraries load slowly and most runs are too short to need them.
    from runoff.stats import change_points

    middle = statistics.median(warm)
    kept = change_points.without_spikes(warm)
    values = [warm[at] / middle for at in kept]
    bounds = [0, *change_points.find(values)]
    segments = [values[begin:end] for begin, end in zip(bounds, bounds[1:])]
    last = segments[-1]
    mean = statistics.fmean(last)
    allowed = max(SAME * mean, 2 * statistics.stdev(last) / math.sqrt(len(last)))
    at = len(segments)
    while at > 0 and abs(statistics.fmean(segments[at - 1]) - mean) <= allowed:
        at -= 1
    first = kept[bounds[at]] if at else 0
    return first, [statistics.fmean(segment) for segment in segments[:at]], mean
