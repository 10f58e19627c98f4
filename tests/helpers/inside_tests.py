# Run by pytest (Python 3.9 upward).
"""The tests that the interpreters under test run themselves."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence

from runoff.common.paths import ROOT
from runoff.environments.environment import Environment
from runoff.interpreters import surroundings

Run = subprocess.CompletedProcess[str]
#: The property of a test's report that says which runs were repeated; tests/conftest.py prints and counts them.
REPEATED = "repeated"
_SCENARIOS = "tests.inside.test_scenarios"
_OWN_FUNCTION = "tests.inside.test_own_function"
_ANSWERS = "test_every_task_gives_its_numbers_back_in_order_and_again"
#: {module: what an interpreter between the oldest and the newest of its kind runs of it}. Each case starts processes,
#: and the rest is the same Python code, which those two run in full.
BETWEEN = {
    _SCENARIOS: [f"{_SCENARIOS}.Scenarios.{_ANSWERS}"],
    _OWN_FUNCTION: [f"{_OWN_FUNCTION}.Gate.test_answers_every_input"],
    "tests.inside.transports.test_plain": [],
    "tests.inside.transports.test_status": [],
    "tests.inside.transports.test_wires": [],
}
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


def newest_of_its_line(label: str) -> str:
    """Return the label of the newest build of ``label``'s Python: cpython-3.11 for cpython-3.11.2.

    Builds of one line differ in speed, which no inside test asks for.
    """
    return re.sub(r"^(\w+-\d+\.\d+)\.\d+([td]*).*", r"\1\2", label)


def names_for(label: str, labels: Iterable[str]) -> list[str]:
    """Return the names of the inside tests that ``label`` runs, one of the interpreters ``labels``: mostly modules."""
    files = [path.relative_to(ROOT) for path in (ROOT / "tests/inside").rglob("test_*.py")]
    names = sorted(".".join(file.with_suffix("").parts) for file in files)
    if _is_between(label, labels):
        return [part for name in names for part in BETWEEN.get(name, [name])]
    return names


def _is_between(label: str, labels: Iterable[str]) -> bool:
    """Return whether ``labels`` have an older and a newer Python 3 of the kind of ``label``; 3.13t is another kind."""
    kind = re.compile(r"(\w+)-3\.(\d+)(t?)$")
    this = kind.match(label)
    if this is None:
        return False
    found = [each for each in map(kind.match, labels) if each and each.group(1, 3) == this.group(1, 3)]
    minors = [int(each[2]) for each in found]
    return min(minors) < int(this[2]) < max(minors)


def runs_inside(environment: Environment) -> bool:
    """Return whether the interpreter can run the inside tests, whose servers are threads."""
    return "threads" in environment.capabilities


def run_inside(environment: Environment, names: Sequence[str]) -> Run:
    """Have the interpreter under test run the inside tests called ``names``; they must leave no file behind."""
    with tempfile.TemporaryDirectory(prefix="inside-") as folder:
        run = subprocess.run(
            [*environment.command, "-m", "unittest", *names],
            cwd=ROOT,
            env={**surroundings.for_interpreters(), **environment.variables, "TMPDIR": folder},
            capture_output=True,
            text=True,
            timeout=1800,  # Jython starts a Java virtual machine for each program
            check=False,
        )
        left = sorted(os.listdir(folder))
    assert run.returncode != 0 or not left, f"{environment.interpreter.label} left {left}"
    return run
