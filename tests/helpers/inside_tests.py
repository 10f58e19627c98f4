# Run by pytest (Python 3.9 upward).
"""The tests that the interpreters under test run themselves."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

from runoff.common.paths import ROOT
from runoff.interpreters import surroundings
from runoff.interpreters.environments import Environment

Run = subprocess.CompletedProcess[str]
#: The property of a test's report that says which runs were repeated; tests/conftest.py prints and counts them.
REPEATED = "repeated"


def conclude(label: str, run: Run, again: Callable[[], Run], record_property: Callable[[str, object], None]) -> Run:
    """Return ``run``, or a second one by itself where it failed: a timing that others disturbed is no verdict."""
    if run.returncode == 0:
        return run
    failed = re.findall(r"^(?:FAIL|ERROR): (\S+)", run.stderr, re.MULTILINE) or [f"exit code {run.returncode}"]
    record_property(REPEATED, f"{label}: {', '.join(failed)}")
    print(run.stderr)
    return again()


def runs_inside(environment: Environment) -> bool:
    """Return whether the interpreter can run the inside tests, whose servers are threads."""
    return "threads" in environment.capabilities


def run_inside(environment: Environment) -> Run:
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
