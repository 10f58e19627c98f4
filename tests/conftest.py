"""Fixtures of every test: the interpreters found, their environments, and the inside tests' runs."""

from __future__ import annotations

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from runoff.interpreters import environments
from runoff.interpreters.environments import Environment
from tests.helpers.inside_tests import REPEATED, run_inside

# A shell that runs the tests in the background makes them ignore Ctrl-C, and what they start would too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# The tests start interpreters a thousand times; what those import is compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session")
def found():
    from runoff.interpreters import discover

    return discover.find()


@pytest.fixture(scope="session")
def prepared(found):
    """{label: environment or why there is none}, made several at a time."""
    return environments.prepare_all(list(found.interpreters), lambda interpreter, outcome: None)


@pytest.fixture(scope="session")
def inside(prepared):
    """{label: future of the inside tests' run}, three at a time: most of what they do is wait."""
    with ThreadPoolExecutor(3) as pool:
        ready = {label: outcome for label, outcome in prepared.items() if isinstance(outcome, Environment)}
        yield {label: pool.submit(run_inside, outcome) for label, outcome in ready.items()}
        pool.shutdown(cancel_futures=True)  # after Ctrl-C those that have not begun do not begin


@pytest.fixture(scope="session", autouse=True)
def begun(request):
    """The inside tests of a whole run begin first, beside the tests of the page, which no clock decides: by themselves
    they are a quarter of its time."""
    if any("inside" in getattr(item, "fixturenames", ()) for item in request.session.items):
        request.getfixturevalue("inside")


def pytest_terminal_summary(terminalreporter):
    """Print and count the runs of the inside tests that were repeated."""
    if REPEATED:
        terminalreporter.section(f"repeated {len(REPEATED)} runs of the inside tests")
        for line in REPEATED:
            terminalreporter.write_line(line)
