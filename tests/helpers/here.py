"""The interpreter that runs the tests, as the driver would see it."""

from __future__ import annotations

import sys

from runoff.interpreters import facts
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.environments import Environment


def environment() -> Environment:
    """Return an environment of this interpreter, with what the probe says of it."""
    known = facts.probe([sys.executable])
    return Environment(
        Interpreter("here", "cpython", sys.executable, known), (sys.executable,), {}, known, (), {}, frozenset()
    )
