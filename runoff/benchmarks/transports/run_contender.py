# Run by the driver (Python 3.9 upward).
"""A contender of transport_speed, run: its server and the side that asks, both under the interpreter under test."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from runoff.benchmarks.transports.contender import Contender
from runoff.common.errors import BadInput
from runoff.common.guard import Guard, kill_session, unbroken
from runoff.common.paths import ROOT
from runoff.interpreters import surroundings
from runoff.interpreters.environments import Environment

READY_S = 20.0


class WrongAnswers(BadInput):
    """It answered, and not what was asked."""


def measure(contender: Contender, environment: Environment, guard: Guard, *options: str) -> dict[str, float]:
    """One measurement: what its asking side prints, given ``options`` as well. BadInput where it fails or an answer is
    wrong."""
    with served(contender, environment, guard) as address:
        command = [part.format(address=address) for part in contender.ask]
        asked = start(environment, [*command, "--tasks", str(contender.tasks), *options], guard)
        try:
            said, _ = asked.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            raise BadInput(f"{contender.name}: no end after two minutes; try fewer --tasks") from None
        finally:
            kill_session(asked.pid)
            guard.release(asked.pid)
    try:
        line = dict(json.loads(said))
    except ValueError:
        raise BadInput(f"{contender.name}: failed with exit code {asked.returncode}, see above") from None
    if line.get("wrong"):
        raise WrongAnswers(f"{contender.name}: wrong answers")
    return line


@contextmanager
def served(contender: Contender, environment: Environment, guard: Guard) -> Iterator[str]:
    """The contender's server while it is needed; where it listens, or "" where asking starts its own."""
    if contender.serve is None:
        yield ""
        return
    process = start(environment, list(contender.serve), guard)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready: "):
            raise BadInput(f"{contender.name}: its server did not start: {line.strip() or 'see above'}")
        yield line.split()[1].partition("://")[2]
        process.terminate()
        with suppress(subprocess.TimeoutExpired):  # one that does not end in order ends all the same
            process.wait(READY_S)
    finally:
        end(process, guard)


def start(environment: Environment, module: list[str], guard: Guard) -> subprocess.Popen[str]:
    """``-m module`` under the interpreter, in a process group that the guard watches. A URL with a password goes by the
    environment, since everyone on the machine can read a command line."""
    secrets = {f"RUNOFF_URL_{at}": part for at, part in enumerate(module) if "://" in part and urlsplit(part).password}
    module = [f"@RUNOFF_URL_{at}" if f"RUNOFF_URL_{at}" in secrets else part for at, part in enumerate(module)]
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
    """Kill ``process`` and all its group; what it had still to say is lost."""
    kill_session(process.pid)
    process.communicate()
    guard.release(process.pid)
