# Run by the driver (Python 3.9 upward).
"""A client that keeps a set of workers busy with a task of the catalog, to see them at work."""

from __future__ import annotations

import json
import subprocess

from runoff.common.errors import BadInput, choose
from runoff.common.guard import Guard, kill_session, unbroken
from runoff.common.loose import Data
from runoff.common.paths import ROOT
from runoff.environments.environment import Environment
from runoff.interpreters import surroundings
from runoff.running.addresses import URL
from scenarios import catalog

#: Steps of the generator in a task, by the kind of its work: some milliseconds on CPython. The amount is fixed, so
#: that a faster interpreter shows a higher rate.
ROUNDS = {"python": 20_000, "native": 1_000_000, "shared": 2_000}
SLEEP_MS = 10
AHEAD = 4  # tasks in flight for each that can run at once


def settings(name: str, environment: Environment) -> Data:
    """Return the settings of the catalog's task ``name``; raise BadInput where it is none that can be offered here."""
    offered = [row for row in catalog.TASKS if not row.waits and set(row.parameters) <= {"task_ms"}]
    (name,) = choose("task that can be offered", [name], [row.name for row in offered])
    row = catalog.by_name(catalog.TASKS)[name]
    for word in row.needs:
        if word not in environment.capabilities:
            raise BadInput(f"{environment.interpreter.label} lacks {word} for {name}: {environment.missing.get(word)}")
    found: Data = {"rounds": ROUNDS[row.work]} if row.work else {}
    return {**found, **dict.fromkeys(row.parameters, SLEEP_MS)}


class Load:
    """The client, as a process under the workers' interpreter."""

    def __init__(
        self, environment: Environment, url: str, name: str, settings: Data, at_once: int, guard: Guard
    ) -> None:
        self._guard = guard
        command = [*environment.command, "-m", "contenders.steady.load", f"@{URL}", name]
        command += ["--in-flight", str(AHEAD * at_once), "--settings", json.dumps(settings)]
        with unbroken():
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**surroundings.for_interpreters(), **environment.variables, URL: url},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
            guard.watch(self._process.pid)

    def has_ended(self) -> bool:
        """Return whether it has ended: after ``stop``, when every task has its outcome."""
        return self._process.poll() is not None

    def stop(self) -> None:
        """Have it submit nothing more; it ends when every task has its outcome."""
        assert self._process.stdin is not None
        self._process.stdin.close()

    def close(self) -> str:
        """End it; return what came of its tasks, as a sentence."""
        kill_session(self._process.pid)
        assert self._process.stdout is not None
        printed = self._process.stdout.read()
        self._process.wait()
        self._guard.release(self._process.pid)
        try:
            counts = json.loads(printed)
        except ValueError:
            return "the load was stopped before all its tasks had an outcome"
        lost = counts["submitted"] - counts["ok"] - counts["wrong"] - sum(counts["errors"].values())
        errors = ", ".join(f"{count} {code}" for code, count in sorted(counts["errors"].items())) or "no errors"
        return (
            f"load: {counts['submitted']} tasks, {counts['ok']} answered, {errors}, wrong {counts['wrong']}, "
            f"lost {lost}, delivered twice {counts['twice']}"
        )
