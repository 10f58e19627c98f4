# Run by pytest (Python 3.9 upward).
"""The tests that the interpreters under test run themselves."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Sequence

from runoff.common.paths import ROOT
from runoff.interpreters import surroundings
from runoff.interpreters.environments import Environment

Run = subprocess.CompletedProcess[str]
#: The property of a test's report that says which runs were repeated; tests/conftest.py prints and counts them.
REPEATED = "repeated"
#: A test's name, and its class, to which newer interpreters append the name.
FAILED = re.compile(r"(?:FAIL|ERROR): (?P<test>test_\w+) \((?P<place>[\w.]+)\)")


def conclude(
    label: str, run: Run, again: Callable[[Sequence[str]], Run], record_property: Callable[[str, object], None]
) -> Run:
    """Return ``run``, or where it failed what ``again`` does with the names of the tests that failed, by themselves.

    A timing that others disturbed is no verdict. Without names it is given none, and runs all.
    """
    if run.returncode == 0:
        return run
    failed = failed_tests(run.stderr)
    record_property(REPEATED, f"{label}: {', '.join(failed) or f'exit code {run.returncode}'}")
    print(run.stderr)
    return again(failed)


def failed_tests(said: str) -> list[str]:
    """Return the dotted names of the tests that failed by what unittest ``said``; none where one has no such name."""
    named = [FAILED.match(line) for line in said.splitlines() if re.match("(FAIL|ERROR): ", line)]
    names = {f"{each['place'].removesuffix('.' + each['test'])}.{each['test']}" if each else "" for each in named}
    return [] if "" in names else sorted(names)


def runs_inside(environment: Environment) -> bool:
    """Return whether the interpreter can run the inside tests, whose servers are threads."""
    return "threads" in environment.capabilities


def run_inside(environment: Environment, names: Sequence[str] = ()) -> Run:
    """Have the interpreter under test run the inside tests called ``names``, or all."""
    chosen = names or ("discover", "-s", "tests/inside", "-t", ".")
    return subprocess.run(
        [*environment.command, "-m", "unittest", *chosen],
        cwd=ROOT,
        env={**surroundings.for_interpreters(), **environment.variables},
        capture_output=True,
        text=True,
        timeout=1800,  # Jython starts a Java virtual machine for each program
        check=False,
    )
