# Run by the driver (Python 3.9 upward).
"""Time something by pyperf itself, beside our own measurement of it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pyperf
import uv

from runoff.common.errors import BadInput
from runoff.interpreters import surroundings, tools
from runoff.interpreters.environments import Environment

PYPERF = "pyperf==2.10.0"
VALUES = 10
WARM_UPS = 5
LIMIT_S = 300.0


def installed(environment: Environment) -> Path:
    """Return a folder with pyperf for ``environment``; install it on first use."""
    target = tools.TOOLS / "pyperf" / environment.interpreter.label
    if not target.exists():
        install = [uv.find_uv_bin(), "pip", "install", "-q", "--no-deps", "--target", str(target)]
        subprocess.run([*install, "--python", environment.command[0], PYPERF], check=True, env=surroundings.for_tools())
    return target


def fastest_s(
    environment: Environment,
    words: tuple[Sequence[str], Sequence[str]],
    loops: int,
    into: Path,
    folder: Path,
    hash_seed: int = 0,
    path: Sequence[Path] = (),
) -> float:
    """Return the smallest of one pyperf process's values, in seconds of one loop: noise only adds.

    ``words`` stand before and behind pyperf's options; ``path``: folders for imports. Raise BadInput where it fails.
    """
    into.unlink(missing_ok=True)
    options = ["--processes", "1", "--values", str(VALUES), "--warmups", str(WARM_UPS), "--loops", str(loops)]
    options += ["--quiet", "--inherit-environ", "PYTHONPATH,PYTHONHASHSEED", "-o", str(into)]
    variables = {
        **surroundings.for_interpreters(),
        **environment.variables,
        "PYTHONHASHSEED": str(hash_seed),
        "PYTHONPATH": os.pathsep.join(map(str, [installed(environment), *path])),
    }
    command = [*environment.command, *words[0], *options, *words[1]]
    run = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, text=True, check=False, timeout=LIMIT_S
    )
    if run.returncode:
        raise BadInput(f"pyperf failed on {environment.interpreter.label}: {run.stderr.strip()[-300:]}")
    (benchmark,) = pyperf.BenchmarkSuite.load(str(into)).get_benchmarks()
    return float(min(benchmark.get_values())) * int(benchmark.get_inner_loops())
