# Run by the driver (Python 3.9 upward).
"""Running a contender: its worker and its client, both under the interpreter under test."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from runoff.benchmarks.transports.contender import Contender
from runoff.common.errors import BadInput, ending
from runoff.common.guard import Guard, kill_session, unbroken
from runoff.common.paths import ROOT
from runoff.environments.environment import Environment
from runoff.interpreters import surroundings
from transports import ready

CLIENT_S = 120.0  # timeout of one measurement
STOP_S = 20.0


class WrongAnswers(BadInput):
    """The contender returned wrong answers."""


def measure(contender: Contender, environment: Environment, guard: Guard, *options: str) -> dict[str, float]:
    """Measure ``contender`` once, with further ``options`` for its client; return the fields that the client printed.

    Raise WrongAnswers where an answer is wrong, BadInput where the worker or the client fails.
    """
    with served(contender, environment, guard) as address:
        command = [part.format(address=address) for part in contender.ask]
        module = [*command, "--tasks", str(contender.tasks), *options]
        line = dict(run_client(contender.name, module, environment, guard))
    if line.get("wrong"):
        raise WrongAnswers(f"{contender.name}: wrong answers")
    return line


def run_client(name: str, module: list[str], environment: Environment, guard: Guard) -> Any:
    """Run the client ``module`` (with its arguments) to its end; return the JSON value that it printed.

    Raise BadInput where it fails, or does not end within CLIENT_S.
    """
    client = start(environment, module, guard)
    try:
        output, _ = client.communicate(timeout=CLIENT_S)
    except subprocess.TimeoutExpired:
        raise BadInput(f"{name}: the client did not end within {CLIENT_S:.0f} s; try fewer --tasks") from None
    finally:
        end(client, guard)
    try:
        return json.loads(output)
    except ValueError:
        raise BadInput(f"{name}: the client failed ({ending(client.returncode)}), see above") from None


@contextmanager
def served(contender: Contender, environment: Environment, guard: Guard) -> Iterator[str]:
    """Run the contender's worker; yield its address without the scheme, or "" where the client starts its own."""
    if contender.serve is None:
        yield ""
        return
    process = start(environment, list(contender.serve), guard)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        address = ready.read_ready(line)
        if address is None:
            raise BadInput(f"{contender.name}: its worker did not start: {line.strip() or 'see above'}")
        yield address.partition("://")[2]
        process.terminate()
        with suppress(subprocess.TimeoutExpired):  # end() kills it
            process.wait(STOP_S)
    finally:
        end(process, guard)


def start(environment: Environment, module: list[str], guard: Guard) -> subprocess.Popen[str]:
    """Start ``-m module`` under the interpreter, in a session of its own that the guard watches.

    A URL with a password travels in an environment variable, since every user of the machine can read a command line.
    """
    secrets = {
        f"RUNOFF_URL_{index}": part for index, part in enumerate(module) if "://" in part and urlsplit(part).password
    }
    named = {url: f"@{variable}" for variable, url in secrets.items()}
    module = [named.get(part, part) for part in module]
    with unbroken():
        process = subprocess.Popen(
            [*environment.command, "-m", *module],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**surroundings.for_interpreters(), **environment.variables, **secrets},
            start_new_session=True,
        )
        guard.watch(process.pid)
    return process


def end(process: subprocess.Popen[str], guard: Guard) -> None:
    """Kill the session of ``process`` and discard its remaining output."""
    kill_session(process.pid)
    process.communicate()
    guard.release(process.pid)
