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
from runoff.common.guard import Guard, kill_session
from runoff.environments import made_once, tools
from runoff.environments.environment import Environment
from runoff.interpreters import surroundings

PYPERF = "pyperf==2.10.0"
VALUES = 10
WARM_UPS = 5
LIMIT_S = 300.0


def installed(environment: Environment) -> Path:
    """Return a folder with pyperf for ``environment``; install it on first use."""
    python = environment.command[0]
    folder = tools.TOOLS / "pyperf" / environment.interpreter.label
    install = [uv.find_uv_bin(), "pip", "install", "-q", "--no-deps", "--target", str(folder / "site"), PYPERF]

    def make() -> None:
        tools.run([*install, "--python", python], {}, folder / "runoff.log")

    try:
        made_once.made(folder, [PYPERF, python], make)
    except tools.ToolFailed as failure:
        raise BadInput(f"pyperf cannot be installed for {environment.interpreter.label}: {failure}") from failure
    return folder / "site"


def fastest_s(
    environment: Environment,
    words: tuple[Sequence[str], Sequence[str]],
    loops: int,
    into: Path,
    folder: Path,
    guard: Guard,
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
    running = guard.running(
        command,
        kill_session,  # its workers lead groups of their own
        cwd=folder,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running as process:
        try:
            _, errors = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            limit = f"did not end within {LIMIT_S:.0f} s"
            raise BadInput(f"pyperf {limit} on {environment.interpreter.label}") from None
    if process.returncode:
        raise BadInput(f"pyperf failed on {environment.interpreter.label}: {errors.strip()[-300:]}")
    (benchmark,) = pyperf.BenchmarkSuite.load(str(into)).get_benchmarks()
    return float(min(benchmark.get_values())) * int(benchmark.get_inner_loops())
