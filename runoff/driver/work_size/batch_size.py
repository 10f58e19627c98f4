# Run by the driver (Python 3.9 upward).
"""Calibrate the batch of a task of unknown length: how many tasks one iteration holds.

An iteration must be long against the clock and against a just-in-time compiler's interruption, and short against the
budget. ``task_ns`` asks one interpreter, warm, how long a task takes; ``common`` makes one batch of all answers, since
only cells that do the same work can be compared.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.records import record

LONG_NS = 20e6  # an iteration: 20 000 steps of a clock of 1 us, and ten interruptions of 2 ms by a compiler
LONGEST_NS = 1e9  # an iteration on the slowest interpreter, where a batch is larger than the tasks at once need
PILOT_S = 0.3  # how long a task is repeated before its length is believed
STEEPEST = 256.0  # how many times more may be tried next: a cold call says little about a warm one
MOST = 2**17  # tasks in a batch; their inputs and answers are kept in memory
MOST_ITERATIONS = 20_000


def task_ns(job: Job, scratch: Path, guard: Guard) -> float:
    """Return how long one task of the serial cell of ``job`` takes when it is warm.

    Grow the batch until an iteration is long enough to say so. Raise BadInput where an invocation fails.
    """
    job = replace(job, min_iterations=1, max_iterations=MOST_ITERATIONS, max_seconds=0.0, pilot_s=PILOT_S)

    def measure(batch: int) -> float:
        changed = replace(job, cell=replace(job.cell, batch=batch))
        return warm_ns(changed, scratch / f"batch-{job.cell.interpreter}-{job.cell.task}-{batch}", guard)

    batch, iteration_ns = grown(measure, 1, LONG_NS, MOST)
    return iteration_ns / batch


def common(lengths_ns: Iterable[float], at_once: int) -> int:
    """Return the batch for tasks that take ``lengths_ns`` on the interpreters compared, of which ``at_once`` may run.

    It fills LONG_NS on the fastest interpreter, but no more than LONGEST_NS on the slowest. It is a power of two, or
    ``at_once``, so that another run on this machine comes to the same one.
    """
    lengths = list(lengths_ns)
    wanted = min(LONG_NS / min(lengths), LONGEST_NS / max(lengths), MOST)
    batch = 1
    while batch < wanted:
        batch *= 2
    return max(batch, at_once)


def grown(measure: Callable[[int], float], count: int, long_ns: float, most: int) -> tuple[int, float]:
    """Grow ``count`` until ``measure(count)`` nanoseconds are at least half of ``long_ns``, or count is ``most``.

    Return both.
    """
    while True:
        found_ns = measure(count)
        if found_ns >= long_ns / 2 or count >= most:
            return count, found_ns
        count = min(most, int(count * min(STEEPEST, max(2.0, long_ns / max(1.0, found_ns)))))


def warm_ns(job: Job, folder: Path, guard: Guard) -> float:
    """Return the median time of the second half of an invocation's iterations; raise BadInput where it fails."""
    outcome = invoke(job, folder, guard)
    if outcome["status"] != record.OK:
        raise BadInput(
            f"calibrating {job.cell.task} on {job.cell.interpreter} failed: {outcome['reason']} (see {folder})"
        )
    times = outcome["iterations_ns"]
    return float(statistics.median(times[len(times) // 2 :]))
