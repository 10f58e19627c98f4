# Run by pytest (Python 3.9 upward).
"""Environments: of an interpreter that can do everything, with a job for it, and of the one that runs the tests."""

from __future__ import annotations

import sys

from runoff.driver.job import Job
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment
from runoff.interpreters import facts as interpreter_facts
from runoff.interpreters.discover import Interpreter
from scenarios import catalog
from tests.fakes.interpreter import IDENTITY
from transports import catalog as wires


def environment(label: str = "cpython-3.13", **changes) -> Environment:
    """Return an environment that can do everything, for tests that plan and do not measure."""
    facts = {
        "start_methods": ["forkserver", "fork", "spawn"],
        "capabilities": [],
        **IDENTITY,
        "version_info": [3, 13, 0],
        **changes.pop("facts", {}),
    }
    everything = {word for row in (*catalog.SCENARIOS, *catalog.TASKS, *wires.WIRES) for word in row.needs}
    everything.update(word for words in wires.KIND_NEEDS.values() for word in words)
    values = {
        "interpreter": Interpreter(label, label.partition("-")[0], "/python", facts),
        "command": ("/python",),
        "variables": {},
        "facts": facts,
        "packages": (),
        "missing": {},
        "capabilities": frozenset(everything),
        **changes,
    }
    return Environment(**values)


def job(block: int = 0, **changes) -> Job:
    """Return a job for such an environment: 4 tasks of ``python``, serial, in 3 to 5 iterations."""
    cell = PlannedCell("cpython-3.13", "serial", "python", 4, ())
    return Job(cell, block, environment(), {}, 3, 5, 2.0, 60.0, hash_seed=7, padding_bytes=0, **changes)


def running_environment() -> Environment:
    """Return an environment of the interpreter that runs the tests, with what the probe says of it."""
    known = interpreter_facts.probe([sys.executable])
    return Environment(
        Interpreter("here", "cpython", sys.executable, known), (sys.executable,), {}, known, (), {}, frozenset()
    )
