# Run by pytest (Python 3.9 upward).
"""The tests that the interpreters under test run themselves."""

from __future__ import annotations

import subprocess

from runoff.common.paths import ROOT
from runoff.interpreters import surroundings
from runoff.interpreters.environments import Environment


def run_inside(environment: Environment) -> subprocess.CompletedProcess[str]:
    """The inside tests, run by the interpreter under test."""
    return subprocess.run(
        [*environment.command, "-m", "unittest", "discover", "-s", "tests/inside", "-t", "."],
        cwd=ROOT,
        env={**surroundings.for_interpreters(), **environment.variables},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
