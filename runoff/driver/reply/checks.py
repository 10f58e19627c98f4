# Run by the driver (Python 3.9 upward).
"""Check whether a reply can be believed: an interpreter under test may write anything."""

from __future__ import annotations

from typing import Any

from runoff.driver.job import Job
from runoff.driver.reply import who_answered, worker_results
from runoff.records import record
from runoff.stats import histogram

#: The clock of the iterations and the wall clock may differ by so much over an invocation: the wall clock is slewed.
CLOCKS_APART = 0.01
CLOCKS_APART_NS = 20_000_000


def problem(job: Job, reply: Any) -> str | None:
    """Return why ``reply`` cannot be believed, or None."""
    if not isinstance(reply, dict) or reply.get("status") not in (record.OK, record.FAILED):
        return "the reply does not have the harness's form"
    if why := who_answered.another_build(job.environment.facts, reply.get("answered_by")):
        return why
    if reply["status"] == record.FAILED:
        return str(reply.get("reason"))
    if why := who_answered.other_processes(job.worker or job.environment, reply["answered_by"]):
        return why
    times: Any = reply.get("iterations_ns")
    if not _are_times(times):
        return "the reply's times are not whole nanoseconds above 0"
    if not job.min_iterations <= len(times) <= job.max_iterations:
        return f"{len(times)} iterations, asked for {job.min_iterations} to {job.max_iterations}"
    paces: Any = reply.get("paces_ns")
    if not _are_paces(paces) or len(paces) != len(times) + 1:
        return "the reply's paces are not one more than its iterations, in whole nanoseconds above 0"
    if not _are_compiler_times(reply.get("compiling_ns"), len(times)):
        return "the reply's times of the compiler are not as many as its iterations, in whole nanoseconds from 0 up"
    parameters = dict(job.cell.parameters)
    loads = len((*parameters.get("loads", ()), *parameters.get("rates", ())))
    if why := clocks_disagree(reply.get("clock")) or histogram.problem(reply.get("latency"), loads):
        return why
    failures = reply.get("failures", {})
    if not isinstance(failures, dict) or not all(type(count) is int and count > 0 for count in failures.values()):
        return "the reply's failures are not counted by kind"
    if (
        type(reply.get("checked")) is not int
        or reply["checked"] + sum(failures.values()) != len(times) * job.cell.batch
    ):
        return f"{reply.get('checked')} answers were checked in {len(times)} iterations of {job.cell.batch}"
    if why := worker_results.problem(
        reply.get("worker_answers"), len(times) * job.cell.batch
    ) or worker_results.kills_problem(reply.get("kills"), parameters.get("kills", 0)):
        return why
    if not isinstance(reply.get("entered_at"), (int, float)) or type(reply.get("open_ns")) is not int:
        return "the reply does not say when the interpreter had started"
    return None


def _are_times(value: Any) -> bool:
    """Return whether ``value`` is a list of whole nanoseconds above 0."""
    return isinstance(value, list) and all(type(time_ns) is int and time_ns > 0 for time_ns in value)


def _are_paces(value: Any) -> bool:
    """Return whether ``value`` is such a list, with None where the work that shows the machine's pace was not done."""
    return isinstance(value, list) and _are_times([time_ns for time_ns in value if time_ns is not None])


def _are_compiler_times(value: Any, iterations: int) -> bool:
    """Return whether ``value`` is a time for each iteration, or None where the interpreter does not tell."""
    if value is None:
        return True
    return isinstance(value, list) and len(value) == iterations and all(type(t) is int and t >= 0 for t in value)


def clocks_disagree(clock: Any) -> str | None:
    """Return why the clock that timed the iterations cannot be believed, or None, by the wall clock beside it."""
    try:
        by_clock, by_wall = clock["elapsed_ns"], clock["wall_ns"]
        apart = abs(by_clock - by_wall)
    except (TypeError, KeyError):
        return "the reply does not say how long it took by its two clocks"
    if apart <= max(CLOCKS_APART * by_wall, CLOCKS_APART_NS):
        return None
    return (
        f"its clocks disagree: {by_clock / 1e9:.3f} s by {clock.get('name')} and {by_wall / 1e9:.3f} s by the wall "
        "clock; was the time set, or the machine suspended, while it ran?"
    )
