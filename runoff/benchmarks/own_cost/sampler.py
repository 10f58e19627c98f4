# Run by the driver (Python 3.9 upward).
"""The cost of the memory sampler for the program that it samples.

One process is sampled for a second, then not for a second, and so on. Two starts of the same program differ by more
than a sampler could cost (memory layout; Mytkowicz et al. 2009), so both sides are stretches of one start.
"""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import time
from pathlib import Path

from runoff.common.errors import BadInput, ending
from runoff.driver.memory import Sampler
from runoff.driver.watched_process import SAMPLE_EVERY_S

STRETCH_S = 1.0
#: Iterations this near to a change are left out: their place on the wall clock is inexact by the harness's imports.
MARGIN_S = 0.2


def ratios(process: subprocess.Popen[bytes], reply: Path) -> list[float]:
    """Sample ``process``, a harness that writes ``reply``, every other second until it ends.

    Return, for each sampled second, its median iteration divided by the mean of its neighbours' medians. Raise BadInput
    where the harness fails.
    """
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
        raise BadInput(f"the harness failed ({ending(process.returncode)}), see above")
    said = json.loads(reply.read_text(encoding="utf-8"))
    began = said["entered_at"] + said["open_ns"] / 1e9
    return paired([time_ns / 1e9 for time_ns in said["iterations_ns"]], began, changes)


def paired(times_s: list[float], began: float, changes: list[float]) -> list[float]:
    """Return the median of each sampled stretch divided by the mean of its two neighbours' medians.

    The iterations of ``times_s`` follow one another from ``began`` on. The stretches change at ``changes`` (seconds of
    the same clock); every second one is sampled.
    """
    ends = [began + end for end in itertools.accumulate(times_s)]
    stretches = [
        [took for took, end in zip(times_s, ends) if begin + MARGIN_S < end - took and end < finish - MARGIN_S]
        for begin, finish in zip(changes, changes[1:])
    ]
    # The first stretch holds the start and the last one the end of the process.
    medians = [statistics.median(stretch) if stretch else None for stretch in stretches[:-1]]
    found = []
    for index in range(3, len(medians) - 1, 2):
        before, sampled, after = medians[index - 1 : index + 2]
        if before and sampled and after:
            found.append(2 * sampled / (before + after))
    return found
