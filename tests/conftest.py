"""What the tests share: the repository, the interpreters found, and the ones that CI says must be there."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from runoff.interpreters import environments, surroundings
from runoff.interpreters.environments import Environment
from runoff.services import rabbitmq_node

# A shell that runs the tests in the background makes them ignore Ctrl-C, and what they start would too.
signal.signal(signal.SIGINT, signal.default_int_handler)
# The tests start interpreters a thousand times; what those import is compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

ROOT = Path(__file__).resolve().parent.parent
#: What was put on this machine on purpose, interpreters by their labels and programs by their names: its absence is a
#: failure, not a skip.
EXPECTED = tuple(os.environ.get("RUNOFF_EXPECT", "").split())
PROGRAMS = ("chromium", "rabbitmq", "redis")
EXPECTED_LABELS = tuple(name for name in EXPECTED if name.partition("-")[0] not in PROGRAMS)

#: For the tests that run a broker of their own: a visible skip where there is none, unless it was announced.
needs_rabbitmq = pytest.mark.skipif(
    rabbitmq_node.installed() is None and "rabbitmq" not in EXPECTED,
    reason="rabbitmq-server is not installed: apt-get install -y rabbitmq-server",
)


@pytest.fixture(scope="session")
def found():
    from runoff.interpreters import discover

    return discover.find()


def need(found, label: str):
    """The interpreter called ``label``; a skip where it is absent, a failure where it is expected."""
    for each in found.interpreters:
        if each.label == label:
            return each
    if label in EXPECTED:
        pytest.fail(f"{label} was installed here and is not found")
    pytest.skip(f"{label} is not on this machine")


def alive(pid: int) -> bool:
    """Is ``pid`` a process that still runs (a zombie does not)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


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
