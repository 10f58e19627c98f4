# Run by pytest (Python 3.9 upward).
"""An interpreter that can do everything, for tests that plan and do not measure."""

from __future__ import annotations

from runoff.interpreters.discover import Interpreter
from runoff.interpreters.environments import Environment
from scenarios import catalog
from tests.fakes.interpreter import IDENTITY
from transports import catalog as wires


def environment(label: str = "cpython-3.13", **changes) -> Environment:
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
