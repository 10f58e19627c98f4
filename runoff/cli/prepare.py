# Run by the driver (Python 3.9 upward).
"""Prepare environments, with progress."""

from __future__ import annotations

import time

from rich.console import Console

from runoff.common.errors import BadInput
from runoff.common.progress import Progress
from runoff.environments.environment import Environment, PrepareFailed
from runoff.environments.preparing import prepare_all
from runoff.interpreters import choice
from runoff.interpreters.discover import Interpreter


def prepare(wanted: list[Interpreter], console: Console) -> dict[str, Environment | PrepareFailed]:
    """Return the environment of each of ``wanted``, or why there is none.

    Print a line for each that took time or failed.
    """
    began = time.monotonic()
    with Progress(console) as progress:
        ready = 0

        def done(interpreter: Interpreter, outcome: Environment | PrepareFailed) -> None:
            nonlocal ready
            ready += 1
            took = time.monotonic() - began
            if isinstance(outcome, PrepareFailed):
                progress.say(f"{interpreter.label}: no environment: {outcome}")
            elif took > 1:
                progress.say(f"{interpreter.label}: ready after {took:.0f} s")
            progress.show(ready, len(wanted), "environments", took / ready * (len(wanted) - ready))

        progress.show(0, len(wanted), "environments", 10.0 * len(wanted))
        return prepare_all(wanted, done)


def prepare_one(name: str | None, console: Console) -> Environment:
    """Return the environment of the interpreter ``name``, or of the newest CPython with a GIL; raise BadInput."""
    named = (name,) if name else ()
    wanted = choice.chosen(choice.find_with(named), named)
    label = wanted[0].label if named else choice.baseline(wanted, None)
    (outcome,) = prepare([each for each in wanted if each.label == label], console).values()
    if isinstance(outcome, PrepareFailed):
        raise BadInput(f"no environment: {outcome}")
    return outcome
