# Run by the driver and by the report (Python 3.9 upward).
"""Times that a record holds beside its iterations: of warm-up, of the compilers and of the machine's pace."""

from __future__ import annotations

import statistics
from typing import TypedDict

from runoff.records.cell_keys import cell_key, warm_up_key
from runoff.records.schema import Record


class WarmUp(TypedDict):
    """What an invocation tells of warm-up, as ``Pilots.note`` takes it."""

    interpreter: str
    task: str
    key: str
    iterations_ns: list[int]
    compiling_ns: list[int] | None
    processes: int
    #: CPU seconds for each second that it took
    cpu_share: float
    #: tasks of an iteration
    batch: int


class Pace(TypedDict):
    """What an invocation tells of the machine's pace, as ``average_pace.PacedStart`` takes it."""

    runner: str
    kind: str
    cell: str
    at: float
    pace_ns: float


def warm_up_of(outcome: Record) -> WarmUp:
    """Return what an invocation tells of warm-up."""
    return {
        "interpreter": outcome["interpreter"],
        "task": outcome["task"],
        "key": warm_up_key(outcome),
        "iterations_ns": outcome["iterations_ns"],
        "compiling_ns": compiling_of(outcome),
        "processes": outcome["processes"] or 1,
        "cpu_share": _cores_used(outcome),
        "batch": outcome["batch"],
    }


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


def pace_of(outcome: Record, counted: int) -> Pace | None:
    """Return what an invocation tells of the machine's pace; None where it tells nothing.

    ``counted``: how many iterations its number comes from, the last ones. The pace is the median of those taken before,
    between and after them, or the last one before: an interruption makes one of them several times as long.
    """
    taken, at = paces_of(outcome), outcome.get("started_at")
    if not taken or at is None:
        return None
    beside = paces_of(outcome, counted + 1) or taken[-1:]
    return {
        "runner": f"{outcome['interpreter']}/{outcome['scenario']}",
        "kind": f"{outcome['scenario']}/{outcome['task']}",
        "cell": cell_key(outcome),
        "at": at,
        "pace_ns": float(statistics.median(beside)),
    }


def paces_of(outcome: Record, last: int = 0) -> list[int]:
    """Return the times of the work beside the iterations, where it was done, in nanoseconds.

    ``last``: only those of so many places at the end; 0 for all.
    """
    return [time_ns for time_ns in (outcome.get("paces_ns") or [])[-last:] if time_ns is not None]
