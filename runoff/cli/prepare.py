# Run by the driver (Python 3.9 upward).
"""Prepare environments, with progress."""

from __future__ import annotations

import time

from rich.console import Console

from runoff.common.progress import Progress
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.environments import Environment, PrepareFailed, prepare_all


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
