# Run by nox -s calibrate (Python 3.9 upward).
"""pyperf's own verdicts on the same times, by its own command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from runoff.validation.simulated_runs import Count, Pairs


def called_different(pairs: Pairs, folder: Path) -> Count:
    """How many of ``pairs`` (each two lists of invocations, the cold iteration first in each) ``pyperf compare_to``
    calls significantly different."""
    paths = [folder / "one.json", folder / "other.json"]
    for side, path in enumerate(paths):
        path.write_text(json.dumps(_suite([each[side] for each in pairs])), encoding="utf-8")
    command = [sys.executable, "-m", "pyperf", "compare_to", *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    different = len(re.findall(r"^pair-\d+: Mean", run.stdout, re.MULTILINE))
    hidden = re.search(r"not significant \((\d+)\)", run.stdout)
    same = int(hidden.group(1)) if hidden else len(re.findall("Not significant!", run.stdout))
    if different + same != len(pairs):
        raise RuntimeError(f"pyperf spoke of {different + same} of {len(pairs)} pairs:\n{run.stdout}")
    return Count(different, len(pairs))


def _suite(benchmarks: list[list[list[int]]]) -> dict[str, object]:
    """A pyperf file: one benchmark per element, one run per invocation, the warm iterations as its values."""
    return {
        "version": "1.0",
        "metadata": {},
        "benchmarks": [
            {
                "metadata": {"name": f"pair-{at}", "unit": "second"},
                "runs": [{"values": [time_ns / 1e9 for time_ns in times[1:]]} for times in invocations],
            }
            for at, invocations in enumerate(benchmarks)
        ],
    }
