# Run by nox -s calibrate (Python 3.9 upward).
"""The verdicts of pyperf's own command on the same times."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from runoff.validation.simulated_runs import Count, Pairs


def called_different(pairs: Pairs, folder: Path) -> Count:
    """Count the pairs that ``pyperf compare_to`` calls significantly different.

    A pair is two lists of invocations, each with its cold iteration first. Raise RuntimeError where the output does not
    name every pair.
    """
    paths = [folder / "one.json", folder / "other.json"]
    for side, path in enumerate(paths):
        path.write_text(json.dumps(_suite([each[side] for each in pairs])), encoding="utf-8")
    command = [sys.executable, "-m", "pyperf", "compare_to", *map(str, paths)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    # Of one pair alone pyperf prints no name.
    different = len(re.findall(r"^(?:pair-\d+: )?Mean", run.stdout, re.MULTILINE))
    hidden = re.search(r"not significant \((\d+)\)", run.stdout)
    same = int(hidden.group(1)) if hidden else len(re.findall("Not significant!", run.stdout))
    if different + same != len(pairs):
        raise RuntimeError(f"pyperf reported {different + same} of {len(pairs)} pairs:\n{run.stdout}")
    return Count(different, len(pairs))


def _suite(benchmarks: list[list[list[int]]]) -> dict[str, object]:
    """Return a pyperf file: a benchmark per element, a run per invocation, its warm iterations as values."""
    return {
        "version": "1.0",
        "metadata": {},
        "benchmarks": [
            {
                "metadata": {"name": f"pair-{index}", "unit": "second"},
                "runs": [{"values": [time_ns / 1e9 for time_ns in times[1:]]} for times in invocations],
            }
            for index, invocations in enumerate(benchmarks)
        ],
    }
