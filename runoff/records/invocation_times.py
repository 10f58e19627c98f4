# Run by the driver and by the report (Python 3.9 upward).
"""Times that a record holds beside its iterations: of warm-up, of the compilers and of the machine's pace."""

from __future__ import annotations

import statistics

from runoff.records.cell_keys import cell_key, warm_up_key
from runoff.records.schema import Record


def warm_up_of(outcome: Record) -> tuple[str, str, str, list[int], list[int] | None, int, float, int]:
    """Return what an invocation tells of warm-up, as ``Pilots.note`` takes it.

    The last three are its processes, its CPU seconds for each second that it took (1 where the system does not say),
    and the tasks of an iteration.
    """
    processes, times, compiling = outcome["processes"] or 1, outcome["iterations_ns"], compiling_of(outcome)
    key = warm_up_key(outcome)
    cores_used, batch = _cores_used(outcome), outcome["batch"]
    return outcome["interpreter"], outcome["task"], key, times, compiling, processes, cores_used, batch


def compiling_of(outcome: Record) -> list[int] | None:
    """Return how long the compilers of an invocation worked in each iteration, in nanoseconds of all that it computed.

    They work on several cores at once, in processes or beside the program: where it kept two cores busy, half counts.
    None where the interpreter does not tell.
    """
    compiling, cores = outcome.get("compiling_ns"), max(1.0, _cores_used(outcome))
    return [round(worked / cores) for worked in compiling] if compiling else None


def _cores_used(outcome: Record) -> float:
    """Return an invocation's CPU seconds for each second that it took; 1 where the system does not say."""
    cpu_s, wall_s = outcome.get("cpu_s"), outcome.get("wall_s")
    return cpu_s / wall_s if cpu_s is not None and wall_s else 1.0


def pace_of(outcome: Record, counted: int) -> tuple[str, str, str, float, float] | None:
    """Return what an invocation tells of the machine's pace, as ``average_pace.PacedStart`` takes it.

    None where it tells nothing. ``counted``: how many iterations its number comes from, the last ones. The pace is the
    median of those taken before, between and after them, in nanoseconds, or the last one before: an interruption makes
    one of them several times as long.
    """
    taken, at = paces_of(outcome), outcome.get("started_at")
    if not taken or at is None:
        return None
    beside = paces_of(outcome, counted + 1) or taken[-1:]
    kind = f"{outcome['scenario']}/{outcome['task']}"
    runner = f"{outcome['interpreter']}/{outcome['scenario']}"
    return runner, kind, cell_key(outcome), at, float(statistics.median(beside))


def paces_of(outcome: Record, last: int = 0) -> list[int]:
    """Return the times of the work beside the iterations, where it was done, in nanoseconds.

    ``last``: only those of so many places at the end; 0 for all.
    """
    return [time_ns for time_ns in (outcome.get("paces_ns") or [])[-last:] if time_ns is not None]
