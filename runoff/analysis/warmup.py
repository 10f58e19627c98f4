# Run by the report (Python 3.9 upward).
"""Warm-up as a decision: how long cold, how long until steady, and when it has paid against the baseline.

The clock of a program starts when its process starts. So the compared curves hold everything: start-up, imports, the
cold iteration, and all that follow; beyond the record they continue at the steady rate.
"""

from __future__ import annotations

import itertools
import statistics
from dataclasses import dataclass

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import compare
from runoff.analysis.measured_cells import MeasuredCells
from runoff.records import invocation_times
from runoff.records.schema import Record
from runoff.stats import significance, steady_state
from runoff.stats.steady_state import Steadiness

PURE_PYTHON = "python"  # the task in which a just-in-time compiler has something to compile
# PyPy's first iteration of 8 tasks takes 2.3 to 8 times a later one, and 1.1 (PyPy 3.11) to 1.7 times (3.9) with its
# compiler off; it is then 0.2 (pypy#3674) to 1.4 times as fast as CPython, depending on the build of either. So neither
# speed nor warm-up alone tells.
ENGAGED = 2.0  # the cold iteration takes this many times a steady one, at least, where a compiler was at work
MUCH = 2.0  # times the baseline's speed: an interpreter alone does not get there


@dataclass(frozen=True)
class WarmUp:
    """One cell, as medians over invocations, in seconds from the start of the process where not said otherwise."""

    cold_s: float  # until the first batch is answered
    steady_after_s: float | None  # until times are steady; None where the run cannot say
    tasks_per_s: float  # when steady
    compiler_share: float | None  # of the last half of an invocation; None where the interpreter does not tell


@dataclass(frozen=True)
class BreakEven:
    """The point where two programs have done the same number of tasks in the same time since their start."""

    overtakes: bool  # True: the one asked about is behind before and ahead after; False: the other way round
    seconds: float
    tasks: float
    low_s: float
    high_s: float


def of_cell(cell: Cell) -> WarmUp:
    """Return the warm-up of ``cell``."""
    steady = [
        _curve(each)[where.start] / 1e9
        for each, where in cell.warm
        if where.start is not None and where.kind in (steady_state.FLAT, steady_state.WARM_UP, steady_state.SLOW_DOWN)
    ]
    shares = [
        steady_state.busy(times, compiling, len(times) // 2)
        for each, _ in cell.warm
        if (compiling := invocation_times.compiling_of(each)) and (times := each["iterations_ns"])
    ]
    return WarmUp(
        cold_s=statistics.median(each["first_answer_ns"] for each in cell.invocations) / 1e9,
        steady_after_s=statistics.median(steady) if steady else None,
        tasks_per_s=cell.throughput.value,
        compiler_share=statistics.median(shares) if shares else None,
    )


def break_evens(cells: MeasuredCells) -> dict[int, BreakEven]:
    """Return {id of a cell: where it and the baseline's same cell cross}, of each that has such a point."""
    of_run = {id(cell): cell for cell in cells.ranked}
    found = {
        at: break_even(of_run[at], baseline, verdict) for at, (baseline, _, verdict) in cells.over_baseline.items()
    }
    return {at: crossing for at, crossing in found.items() if crossing is not None}


def break_even(cell: Cell, baseline: Cell, verdict: str) -> BreakEven | None:
    """Return where ``cell`` and ``baseline`` cross: the median and the range over blocks.

    The two invocations of a block ran close together. Return None where they do not cross in most blocks, or where
    ``verdict``, which is shown of the two, claims no steady difference.
    """
    if verdict not in (significance.FASTER, significance.SLOWER):
        return None
    overtakes = verdict == significance.FASTER
    others = {each["block"]: (each, steady) for each, steady in baseline.warm}
    pairs = [(each, steady, *others[each["block"]]) for each, steady in cell.warm if each["block"] in others]
    found = [crossing for pair in pairs if (crossing := _crossing(*pair)) is not None]
    if 2 * len(found) <= len(pairs):
        return None
    seconds = [each[0] for each in found]
    tasks = statistics.median(each[1] for each in found) * cell.batch
    return BreakEven(overtakes, statistics.median(seconds), tasks, min(seconds), max(seconds))


def _curve(each: Record) -> list[int]:
    """Return the nanoseconds from the start of the process to the end of 0, 1, 2 ... iterations."""
    return list(itertools.accumulate(each["iterations_ns"], initial=each["startup_ns"] + each["open_ns"]))


def _crossing(one: Record, steady: Steadiness, other: Record, other_steady: Steadiness) -> tuple[float, float] | None:
    """Return (seconds, iterations) of the last crossing of two curves; None where one is always ahead."""
    curves = [_curve(one), _curve(other)]
    slopes = [
        steady_state.summary_ns(one["iterations_ns"], steady),
        steady_state.summary_ns(other["iterations_ns"], other_steady),
    ]
    length = max(map(len, curves))
    for curve, slope in zip(curves, slopes):
        end = curve[-1]
        curve.extend(int(end + slope * more) for more in range(1, length - len(curve) + 1))
    behind = [mine - theirs for mine, theirs in zip(*curves)]
    gains = slopes[1] - slopes[0]  # per iteration, once both are steady
    if gains != 0 and behind[-1] / gains > 0:  # beyond the record
        more = behind[-1] / gains
        return (curves[0][-1] + slopes[0] * more) / 1e9, length - 1 + more
    for at in range(length - 1, 0, -1):
        if behind[at] * behind[at - 1] < 0:
            share = behind[at - 1] / (behind[at - 1] - behind[at])
            return (curves[0][at - 1] + share * (curves[0][at] - curves[0][at - 1])) / 1e9, at - 1 + share
    return None


def in_words(label: str, baseline: str, found: BreakEven) -> str:
    """Describe a break-even: pypy-3.11 overtakes cpython-3.13 after 0.8 s or 120 tasks ..."""
    verb, ahead = ("overtakes", baseline) if found.overtakes else ("is overtaken by", label)
    return (
        f"{label} {verb} {baseline} after {found.seconds:.2g} s or {found.tasks:.3g} tasks "
        f"({found.low_s:.2g} to {found.high_s:.2g} s over blocks); until then {ahead} is the faster one"
    )


def not_engaged(cell: Cell, baseline: Cell) -> str | None:
    """Return the evidence that a just-in-time compiler did nothing for ``cell``, which runs Python code.

    It takes two facts: the cell is not much faster than the baseline, and hardly faster than in its very first
    iteration. (A compiler that works may be slower than CPython, as Jython's is, but not from the first iteration on.)
    Return None without evidence, while the cell is still warming up, and where it ran too shortly to become warm; also
    where the interpreter says that its compiler has worked.
    """
    if cell is baseline or any(any(each.get("compiling_ns") or ()) for each, _ in cell.warm):
        return None
    if max((len(each["iterations_ns"]) for each, _ in cell.warm), default=0) < 2:
        return None
    compared = compare(cell, baseline).ratio
    if compared.value >= MUCH or cell.warming:
        return None
    sped_up = statistics.median(
        each["cold_ns"] / steady_state.summary_ns(each["iterations_ns"], steady) for each, steady in cell.warm
    )
    if sped_up >= ENGAGED:
        return None
    return (
        f"{compared.value:.2g} times as fast as {baseline.interpreter}, and its first iteration took only "
        f"{sped_up:.2g} times a later one"
    )
