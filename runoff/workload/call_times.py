# Run by the driver (Python 3.9 upward): pure functions on the reply of harness/own_function/call_times.py.
"""How long a call of a person's function takes, how much of it computes, and what it gets and returns."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from typing import Any

from runoff.common.loose import Data, Reply

NS = 1e9
#: Calls that give up their core by themselves less often than this do not wait, however busy the machine is.
WAITS_PER_CALL = 0.5
#: Growth over half of the stretches that counts: less is a heap that finds its size.
GROWTH_BYTES = 8 * 2**20
FEWEST_STRETCHES = 5


@dataclass(frozen=True)
class CallTimes:
    """One interpreter's rough times, from which the plan is made."""

    #: the median over stretches of calls, one after another, the first call left out where there are more
    call_s: float
    first_s: float
    load_s: float
    calls: int
    #: share of a call's time that it computes
    cpu_share: float
    #: how many times as many calls 8 threads make as one; None where that was not tried
    threads: float | None
    bytes_in: int
    bytes_out: int
    #: bytes by which the process grows with each call; None where it does not
    grows: int | None = None
    #: the most memory that the process had, while it called from one thread; None where the system does not tell
    peak_bytes: int | None = None

    @classmethod
    def of_reply(cls, reply: Reply, inputs: list[Any], answers: list[Any]) -> CallTimes:
        """Return the times of the reply of that script, with the sizes of inputs and answers as JSON."""
        stretches = reply["stretches"]
        return cls(
            call_s=statistics.median(each["wall_ns"] / each["calls"] for each in stretches) / NS,
            first_s=reply["first_ns"] / NS,
            load_s=reply["load_ns"] / NS,
            calls=sum(each["calls"] for each in stretches),
            cpu_share=_cpu_share(stretches),
            threads=reply["threads"],
            bytes_in=_mean_size(inputs),
            bytes_out=_mean_size(answers),
            grows=_grows(stretches),
            peak_bytes=stretches[-1]["peak_bytes"],
        )


def _grows(stretches: list[Data]) -> int | None:
    """Return by how many bytes a call makes the process grow, where both halves of the calls did so alike.

    Set-ups and compilers take memory in the first half alone.
    """
    peaks = [each["peak_bytes"] for each in stretches]
    if len(peaks) < FEWEST_STRETCHES or None in peaks:
        return None
    middle = len(peaks) // 2
    halves = [
        (peaks[end] - peaks[begin]) / sum(each["calls"] for each in stretches[begin + 1 : end + 1])
        for begin, end in ((0, middle), (middle, len(peaks) - 1))
    ]
    grown = peaks[-1] - peaks[middle]
    return round(halves[1]) if grown > GROWTH_BYTES and halves[1] > halves[0] / 2 else None


def _cpu_share(stretches: list[Data]) -> float:
    """Return the share of the calls' time that computes; 1 where they hardly ever gave up their core.

    All stretches together, since the clock of CPU seconds has steps of 10 ms.
    """
    if any(each["cpu_ns"] is None for each in stretches):
        return 1.0
    calls, wall_ns, cpu_ns = (sum(each[name] for each in stretches) for name in ("calls", "wall_ns", "cpu_ns"))
    counted = all(each["waits"] is not None for each in stretches)
    if counted and sum(each["waits"] for each in stretches) < WAITS_PER_CALL * calls:
        return 1.0
    return min(1.0, float(cpu_ns / max(1, wall_ns)))


def _mean_size(values: list[Any]) -> int:
    return round(statistics.fmean(len(json.dumps(value)) for value in values)) if values else 0
