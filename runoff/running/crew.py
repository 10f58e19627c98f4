# Run by the driver (Python 3.9 upward).
"""A set of equal workers under one interpreter: what they are started with, and their life from start to end."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.environments.environment import Environment
from runoff.interpreters import surroundings
from runoff.running import load, supervisor
from runoff.running.addresses import URL, Addresses, MeetingPlace, obtain
from runoff.running.board import Board
from runoff.running.slot import Slot
from runoff.running.worker_process import WorkerProcess
from transports import catalog

KINDS = sorted(catalog.KIND_NEEDS)
#: A worker that drains is killed so long after its own --drain-s has passed.
LEAVING_S = 5.0


@dataclass(frozen=True)
class Crew:
    """``count`` workers of one ``kind``. ``tasks``: the module with their TASKS, found in ``path``."""

    kind: str
    count: int
    concurrency: int
    tasks: str
    path: Path | None
    max_tasks: int | None
    max_memory: str | None
    drain_s: float

    def arguments(self) -> list[str]:
        """Return the arguments of one worker, but for its URL."""
        words = ["--kind", self.kind, "--concurrency", str(self.concurrency), "--tasks", self.tasks]
        words += ["--status", "127.0.0.1:0", "--drain-s", str(self.drain_s)]
        if self.max_tasks:  # workers that began together are not to end together
            words += ["--max-tasks", str(self.max_tasks - random.randint(0, self.max_tasks // 10))]
        if self.max_memory:
            words += ["--max-memory", self.max_memory]
        return words

    def start(
        self, number: int, environment: Environment, addresses: Addresses, guard: Guard, say: Callable[[str], None]
    ) -> WorkerProcess:
        """Start worker ``number``."""
        own = environment.importing_from(self.path) if self.path else environment.variables
        variables = {**surroundings.for_interpreters(), **own, URL: addresses.worker(number)}
        return WorkerProcess(
            [*environment.command, "-m", "transports.worker", f"@{URL}", *self.arguments()],
            variables,
            guard,
            functools.partial(addresses.listens, number),
            lambda line: say(f"worker {number}: {line}"),
        )


def run(crew: Crew, place: MeetingPlace, environment: Environment, task: str | None, console: Console) -> int:
    """Run ``crew`` until asked to leave; return the exit code. task: a task of the catalog to keep it busy with."""
    for word in (*catalog.by_scheme()[place.transport].needs, *catalog.KIND_NEEDS[crew.kind]):
        if word not in environment.capabilities:
            label, why = environment.interpreter.label, environment.missing.get(word)
            raise BadInput(f"{label} lacks {word}, which these workers need: {why}")
    settings = load.settings(task, environment) if task else {}
    requests = supervisor.Requests()
    with ExitStack() as leaving:
        guard = Guard()
        leaving.callback(guard.close)
        addresses, folder = obtain(place, crew.count, guard, leaving, console.print)
        title = f"{environment.interpreter.label}, {place.transport}, {crew.kind} x {crew.concurrency}"
        board = leaving.enter_context(Board(console, title))
        slots = []
        for number in range(crew.count):
            start = functools.partial(crew.start, number, environment, addresses, guard, board.say)
            slots.append(Slot(number, start, crew.drain_s + LEAVING_S, random.uniform))
            leaving.callback(slots[-1].close)

        def begin_load() -> load.Load | None:
            board.say(f"clients connect to {addresses.client_as_typed(folder)}")
            if task is None:
                return None
            at_once = crew.count * crew.concurrency
            client = load.Load(environment, addresses.client(), task, settings, at_once, guard)
            leaving.callback(lambda: board.say(client.close()))
            return client

        with requests.heard():
            return supervisor.supervise(slots, begin_load, board, requests)
