# Run by the report (Python 3.9 upward).
"""What a reader must know before believing the table; each alarm ends with what to do about it."""

from __future__ import annotations

import statistics
from functools import partial

from runoff.analysis import warmup
from runoff.analysis.cells.cell import FOR_CURVES, Cell
from runoff.analysis.cells.comparing import best_of_each, compare
from runoff.analysis.cells.gathering import paced_starts
from runoff.analysis.deployable import builds, support
from runoff.common.loose import Reply
from runoff.common.wording import counted, listed, times
from runoff.records import record
from runoff.records.record import OVERHEAD
from runoff.records.schema import Record
from runoff.stats import steady_state

#: Of the cores, used by other processes during half of the invocations or more.
BUSY = 0.1
#: How many times as long the same small work may take at a slow moment as at a fast one.
UNEVEN = 1.3
#: Starts of a cell that show together what its usual pace is.
LEAST_STARTS = 3


def alarms(run: record.Run, cells: list[Cell]) -> list[str]:
    """Return one line per alarm, most important first."""
    return [
        *_gil(run),
        *_jit(run, cells),
        *_still_warming(cells),
        *_few(run, cells),
        *_deployable(run, cells),
        *_unsettled(cells),
        *_tainted(cells),
        *_noise(run),
        *_pace(cells),
        *_memory(run),
    ]


def _deployable(run: record.Run, cells: list[Cell]) -> list[str]:
    ended = [f"{label} ({end})" for label, end in support.ended(run.header).items()]
    past = [f"past the end of support: {', '.join(ended)}; not recommended without --allow-eol"] if ended else []
    return [*past, *builds.differing(run.header["interpreters"], partial(_faster, _pure(cells)))]


def _faster(pure: dict[str, Cell], one: str, other: str) -> str | None:
    """Say how many times as fast the faster of two interpreters is at Python code, with the interval."""
    if one not in pure or other not in pure:
        return None
    ratio = compare(pure[one], pure[other]).ratio
    first, second = (one, other) if ratio.value >= 1 else (other, one)
    faster = times(compare(pure[first], pure[second]).ratio)
    return f"{first} is {faster} times as fast as {second} at {warmup.PURE_PYTHON}"


def _pure(cells: list[Cell]) -> dict[str, Cell]:
    """Return {interpreter: its serial cell of Python code}."""
    return {
        cell.interpreter: cell
        for cell in cells
        if cell.measured and cell.scenario == "serial" and cell.task == warmup.PURE_PYTHON
    }


def _gil(run: record.Run) -> list[str]:
    found: dict[str, str] = {}
    for each in run.records:
        gil = each["gil"]
        if gil and gil.get("at_start") is False and gil.get("at_end") is True:
            found[each["interpreter"]] = gil.get("enabled_by") or "an import that CPython does not name"
        elif gil and gil.get("at_start") is False and (others := _with_gil(each)):
            named = {other["gil_enabled_by"] for other in others if other.get("gil_enabled_by")}
            module = " and ".join(sorted(named)) or "an import"
            found.setdefault(each["interpreter"], f"{module} in its child processes or workers")
    return [
        f"{label}: the GIL came back while it ran, turned on by {module}: its threads did not run in parallel; "
        "use a build of that module that supports free threading"
        for label, module in found.items()
    ]


def _with_gil(each: Record) -> list[Reply]:
    """Return the child processes and workers of the same interpreter that had a GIL."""
    others = (each["answered_by"] or {}).get("others", ())
    return [] if "worker_interpreter" in each["parameters"] else [other for other in others if other.get("gil")]


def _jit(run: record.Run, cells: list[Cell]) -> list[str]:
    pure = _pure(cells)
    baseline = pure.get(run.header["baseline"])
    found = {
        label: evidence
        for label, cell in pure.items()
        if baseline and run.header["interpreters"][label].get("jit")
        if (evidence := warmup.not_engaged(cell, baseline)) is not None
    }
    return [
        f"{label}: its just-in-time compiler did not engage, as far as times show ({evidence}); look for an option or "
        "a variable that turns it off, a debugger or a tracer"
        for label, evidence in found.items()
    ]


def _still_warming(cells: list[Cell]) -> list[str]:
    """Name the interpreters and the tasks at which even the best cell was still becoming faster."""
    tasks: dict[str, list[str]] = {}
    measured = [cell for cell in cells if cell.measured and cell.task != OVERHEAD and not cell.for_latency]
    for work in dict.fromkeys(cell.work for cell in measured):
        for label, best in best_of_each(cell for cell in measured if cell.work == work).items():
            if best.warming:
                tasks.setdefault(label, []).append(best.task)
    return [
        f"{label} was still warming up at {listed(list(dict.fromkeys(at)))}: its figures there are lower bounds (~); "
        "--soak 1 shows later ones"
        for label, at in tasks.items()
    ]


def _few(run: record.Run, cells: list[Cell]) -> list[str]:
    least = run.header["min_invocations"]
    if run.header.get("soak_s"):
        return ["a soak: each cell ran once, for memory's slope; its speeds decide nothing", *_ended_early(run, cells)]
    measured = [cell for cell in cells if cell.measured]
    if run.header.get("race"):
        return _undecided(measured, least)
    if least == 1:
        profile = run.header["profile"]
        return [f"{profile} profile: it shows that everything runs; its numbers decide nothing (leave out --profile)"]
    few = [cell for cell in measured if len(cell.invocations) < least]
    if not few:
        return []
    return [f"fewer than {least} invocations in {counted(len(few), 'cell')}: no verdict; raise --budget or take fewer"]


def _ended_early(run: record.Run, cells: list[Cell]) -> list[str]:
    """Say how many cells of a soak had all iterations whose times are kept before its time was up."""
    most = run.header["max_iterations"]
    early = [cell for cell in cells if any(len(each["iterations_ns"]) >= most for each in cell.invocations)]
    if not early:
        return []
    return [
        f"{counted(len(early), 'cell')} ended before the soak's time, after {most} iterations, the most that it keeps: "
        "soak a longer task"
    ]


def _undecided(cells: list[Cell], least: int) -> list[str]:
    """Say of how many tasks an interpreter has no cell that was warm often enough to be compared well."""
    warm: dict[tuple[str, str], list[int]] = {}
    for cell in cells:
        if cell.task not in (OVERHEAD, *FOR_CURVES) and not cell.for_latency:
            warm.setdefault((cell.work, cell.interpreter), []).append(len(cell.throughputs))
    few = sum(max(starts) < least for starts in warm.values())
    if not few:
        return []
    return [
        f"{few} of {len(warm)} pairs of a task and an interpreter have no scenario that was warm in {least} starts: "
        "only large differences are told of them; --resume --budget 120 goes on"
    ]


def _unsettled(cells: list[Cell]) -> list[str]:
    states = [cell.state for cell in cells if cell.measured]
    found = []
    if moving := states.count(steady_state.STILL_CHANGING):
        found.append(f"{counted(moving, 'cell')} still changing at the end (~): --profile rigorous waits longer")
    if never := states.count(steady_state.NO_STEADY_STATE):
        found.append(f"{counted(never, 'cell')} without a steady state: shown with the range and not ranked (--all)")
    if differ := states.count(steady_state.INCONSISTENT):
        found.append(
            f"{counted(differ, 'cell')} warmed up in one invocation and not in the next: expect it where you deploy"
        )
    return found


def _tainted(cells: list[Cell]) -> list[str]:
    tainted = [each["tainted"] for cell in cells for each in cell.invocations if each.get("tainted")]
    return (
        [f"{counted(len(tainted), 'invocation')} disturbed at each attempt (first: {tainted[0]}): stop other work"]
        if tainted
        else []
    )


def _noise(run: record.Run) -> list[str]:
    shares = [
        each["foreign_cpu_s"] / each["wall_s"]
        for each in run.records
        if each["status"] == record.OK and each["foreign_cpu_s"] is not None
    ]
    cores = run.header["machine"]["cores"]
    if not shares or statistics.median(shares) <= BUSY * cores:
        return []
    return [
        f"other processes used {statistics.median(shares):.1f} of {cores} cores while most cells were measured: stop "
        "other work and run again"
    ]


def _pace(cells: list[Cell]) -> list[str]:
    """Say how much the machine's pace changed, from the slow tenth of the starts to the fast tenth.

    Each start is held against the others of its cell: what a cell does slows the work beside it down as well.
    """
    timed = [cell for cell in cells if cell.measured and not cell.for_latency]
    beside = [[start.pace_ns for start in paced_starts(cell)] for cell in timed]
    against = [pace / statistics.median(paces) for paces in beside if len(paces) >= LEAST_STARTS for pace in paces]
    if not against:
        return []
    tenths = statistics.quantiles(against, n=10, method="inclusive")
    changed = tenths[-1] / tenths[0]
    if changed < UNEVEN:
        return []
    return [
        f"the machine's pace changed: the same work took {changed:.1f} times as long at slow moments as at fast ones. "
        "Speeds are those at its average pace; a machine of your own would decide more in the same time"
    ]


def _memory(run: record.Run) -> list[str]:
    if any(each["memory_kind"] == "rss" for each in run.records):
        return ["memory is RSS, not PSS, on this system: pages that processes share are counted once in each of them"]
    return []
