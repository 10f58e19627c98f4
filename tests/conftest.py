"""Fixtures of every test: the interpreters found, their environments, and the inside tests' runs."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from runoff.environments import preparing
from runoff.environments.environment import Environment
from tests.helpers.inside_tests import REPEATED, names_for, newest_of_its_line, run_inside, runs_inside

# A shell that runs the tests in the background makes them ignore Ctrl-C, and what they start would too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# The tests start interpreters a thousand times; what those import is compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def found():
    from runoff.interpreters import discover

    return discover.find()


@pytest.fixture(scope="session")
def prepared(found, request):
    """{label: environment or why there is none} of the interpreters that the selected tests use, several at a time."""
    users = [item for item in request.session.items if "prepared" in getattr(item, "fixturenames", ())]
    labels = {item.callspec.params.get("environment") if hasattr(item, "callspec") else None for item in users}
    wanted = [each for each in found.interpreters if None in labels or each.label in labels]
    return preparing.prepare_all(wanted, lambda interpreter, outcome: None)


@pytest.fixture(scope="session")
def inside(prepared):
    """{label: future of the inside tests' run}, two at a time, beside two other files: all wait much."""
    with ThreadPoolExecutor(2) as pool:
        ready = {
            label: each
            for label, each in prepared.items()
            if isinstance(each, Environment) and runs_inside(each) and newest_of_its_line(label) == label
        }
        yield {label: pool.submit(run_inside, each, names_for(label, ready)) for label, each in ready.items()}
        pool.shutdown(cancel_futures=True)  # after Ctrl-C those that have not begun do not begin


def pytest_collection_modifyitems(items):
    """Begin with the file that waits longest: it has the inside tests of every interpreter.

    End with many short files, so that no process works on alone for long: those of unit tests but for the validation's.
    """

    def rank(item):
        if item.path.name == "test_interpreters_found.py":
            return 0
        return 2 if item.nodeid.startswith("tests/unit/") and item.path.parent.name != "validation" else 1

    items.sort(key=rank)


def pytest_terminal_summary(terminalreporter):
    """Print and count the runs of the inside tests that were repeated."""
    reports = [each for stat in terminalreporter.stats.values() for each in stat if hasattr(each, "user_properties")]
    repeated = [
        text for each in reports for name, text in each.user_properties if name == REPEATED and each.when == "call"
    ]
    if repeated:
        terminalreporter.section(f"repeated {len(repeated)} runs of the inside tests")
        for line in repeated:
            terminalreporter.write_line(line)
