# Run by the driver (Python 3.9 upward).
"""What the memory sampler costs the program that it watches: one process, sampled for a second, then not, and so on.

Two starts of the same program differ by more than a sampler could cost (memory layout: Mytkowicz et al. 2009), so both
sides are stretches of one start.
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import time
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.driver.invoke import SAMPLE_EVERY_S
from runoff.driver.memory import Sampler

STRETCH_S = 1.0
#: Where an iteration lies is known by the wall clock, but for the harness's imports: those near a change are left out.
MARGIN_S = 0.2


def ratios(process: subprocess.Popen[bytes], reply: Path) -> list[float]:
    """Wait for ``process``, a harness that writes ``reply``, and sample it every other second: for each sampled second,
    its median iteration over that of the seconds before and after it."""
    sampler = Sampler(process.pid)
    changes = [time.time()]
    for sampled in itertools.cycle((False, True)):
        until = changes[-1] + STRETCH_S
        while time.time() < until and process.poll() is None:
            if sampled:
                sampler.sample()
            time.sleep(min(SAMPLE_EVERY_S, max(0.0, until - time.time())))
        changes.append(time.time())
        if process.poll() is not None:
            break
    if process.wait():
        raise BadInput(f"the harness failed (exit code {process.returncode}), see above")
    said = json.loads(reply.read_text(encoding="utf-8"))
    began = said["entered_at"] + said["open_ns"] / 1e9
    return paired([time_ns / 1e9 for time_ns in said["iterations_ns"]], began, changes)


def paired(times_s: list[float], began: float, changes: list[float]) -> list[float]:
    """Iterations of ``times_s`` from ``began`` on, one after the other; stretches that change at ``changes`` (the same
    clock), every second one of them sampled. The median of each sampled one over the mean of its two neighbours'."""
    ends = [began + end for end in itertools.accumulate(times_s)]
    stretches = [
        [took for took, end in zip(times_s, ends) if begin + MARGIN_S < end - took and end < finish - MARGIN_S]
        for begin, finish in zip(changes, changes[1:])
    ]
    # The first stretch holds the start and the last one the end of the process.
    medians = [statistics.median(each) if each else None for each in stretches[:-1]]
    found = []
    for at in range(3, len(medians) - 1, 2):
        before, sampled, after = medians[at - 1 : at + 2]
        if before and sampled and after:
            found.append(2 * sampled / (before + after))
    return found
