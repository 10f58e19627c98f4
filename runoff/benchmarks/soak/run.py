# Run by the driver (Python 3.9 upward): python -m runoff.cli soak
"""A soak from start to end: supervised workers, clients, faults on time, samples, and the counts at the end."""

from __future__ import annotations

import collections
import os
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil

from runoff.benchmarks.soak import flows, oracle
from runoff.benchmarks.soak.client import ClientCounts, Clients
from runoff.benchmarks.soak.faults import Kind, schedule
from runoff.benchmarks.soak.flows import Cast, Flow, Row
from runoff.benchmarks.soak.oracle import Begins, Leftovers
from runoff.benchmarks.soak.samples import Samples, Series
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.progress import Progress
from runoff.environments.environment import Environment
from runoff.running import supervisor
from runoff.running.slot import Slot
from runoff.services import rabbitmq
from runoff.services.proxy import Proxy
from runoff.services.rabbitmq_node import Node

LINES = 200  # that workers printed last, for the person who looks for a reason
WITHIN_S = 120.0  # timeout for the first results
AT_ONCE = 8  # faults

T = TypeVar("T")


@dataclass(frozen=True)
class Plan:
    """What is asked for: a soak of ``seconds`` with so many faults a minute, drawn from ``seed``."""

    seconds: float
    per_minute: float
    seed: int
    rows: Sequence[Row] = flows.ROWS


@dataclass(frozen=True)
class Report:
    """What came of a soak; ``flows`` says of each, by its name, which interpreters played in it."""

    plan: Plan
    code: int
    seconds: float
    flows: dict[str, str]
    counts: dict[str, ClientCounts]
    begins: dict[str, Begins]
    faults: dict[str, int]
    groups: dict[str, Series]
    restarts: int
    leftovers: Leftovers
    said: list[str]

    @property
    def broken(self) -> list[str]:
        """What the promise did not hold."""
        return oracle.broken(self.counts, self.leftovers)


def run(
    plan: Plan,
    environments: Sequence[Environment],
    guard: Guard,
    allow_sudo: bool,
    progress: Progress,
    requests: supervisor.Requests,
) -> Report:
    """Run the soak of ``plan``; a request ends it early. Raise BadInput where it cannot be run."""
    said: collections.deque[str] = collections.deque(maxlen=LINES)
    with ExitStack() as leaving:
        found = rabbitmq.obtain_private(guard, allow_sudo, progress.say)
        if isinstance(found, str):
            raise BadInput(f"no RabbitMQ: {found}")
        leaving.callback(found.close)
        assert found.node is not None
        folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="runoff-soak-")))
        guard.watch_folder(folder)
        leaving.callback(guard.release_folder, folder)
        cast = Cast(environments)
        made = []
        for number, row in enumerate(plan.rows):
            made.append(flows.make(row, cast, found, folder / str(number), number))
            leaving.callback(made[-1].close)
        slots: list[Slot] = []
        for flow in made:
            slots += flow.slots(len(slots), guard, said.append)
        for slot in slots:
            leaving.callback(slot.close)
        soak = Soak(plan, made, slots, found.node, guard, progress, requests)
        leaving.callback(soak.close)
        code = supervisor.supervise(slots, soak.begin, soak, requests)
        soak.close()
        # Whether something stays is seen before anything is removed by force.
        left = leftovers(found.node, made)
        return Report(
            plan,
            code,
            soak.elapsed,
            {flow.row.name: flow.interpreters for flow in made},
            {flow.row.name: flow.client.counts if flow.client else ClientCounts() for flow in made},
            {flow.row.name: oracle.begins(flow.folder) for flow in made},
            dict(soak.struck),
            soak.samples.groups,
            sum(slot.restarts for slot in slots),
            left,
            list(said),
        )


def leftovers(node: Node, made: Sequence[Flow]) -> Leftovers:
    """Return what clients and workers, which have ended, left: processes, files, and messages in queues."""
    folders = {str(flow.folder) for flow in made}
    processes = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") in folders and process.status() != psutil.STATUS_ZOMBIE:
                processes.append(f"process {process.pid} ({process.name()})")
        except (OSError, psutil.Error):
            continue  # it has ended, or is another user's
    return Leftovers(processes, oracle.files_left(flow.folder for flow in made), _messages(node))


def _messages(node: Node) -> dict[str, int]:
    """Return {queue: messages} of the queues that hold some."""
    return {name: row["messages"] for name, row in node.queues("messages").items() if row["messages"]}


class Soak:
    """The soak under way: it shows progress, and is what faults strike (faults.Ground)."""

    def __init__(
        self,
        plan: Plan,
        made: Sequence[Flow],
        slots: Sequence[Slot],
        node: Node,
        guard: Guard,
        progress: Progress,
        requests: supervisor.Requests,
    ) -> None:
        self.node = node
        self.struck: collections.Counter[str] = collections.Counter()
        self.samples = Samples(plan.seconds)
        self.elapsed = 0.0
        self._plan = plan
        self._flows = made
        self._slots = slots
        self._guard = guard
        self._progress = progress
        self._requests = requests
        self._chance = random.Random(plan.seed)
        self._due = schedule(plan.seconds, plan.per_minute, plan.seed)
        self._started_at = time.monotonic()
        self._begun_at: float | None = None  # when all clients had results
        self._over = threading.Event()
        self._broker = threading.Lock()
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._strikes: list[Future[None]] = []

    def begin(self) -> Clients:
        """Start all clients; called once, when all workers can be reached."""
        return Clients([flow.begin(self._guard) for flow in self._flows], self._queues_are_empty)

    def _queues_are_empty(self) -> bool:
        return not self._broker.locked() and not _messages(self.node)

    # --- what the supervisor calls -----------------------------------------------------------------------------------

    def show(self, slots: Sequence[Slot], now: float) -> None:
        """Make the faults that are due, sample, and show how far it is; ask to leave when the time is over."""
        if self._over.is_set():
            return
        if self._begun_at is None:
            self._wait_for_results(now)
            return
        self.elapsed = now - self._begun_at
        if self._requests.count:
            self._end()
            return
        while self._due and self._due[0][0] <= self.elapsed:
            self._strikes.append(self._pool.submit(self._strike, self._due.pop(0)[1]))
        for strike in self._strikes:
            if strike.done():
                strike.result()  # raise what it raised: a broker that does not start again, say
        self.samples.take(self.elapsed, self._groups())
        counts = [flow.client.counts for flow in self._flows if flow.client]
        self._progress.show(
            round(self.elapsed),
            round(self._plan.seconds),
            f"{sum(each.ok for each in counts)} tasks  {sum(self.struck.values())} faults",
            self._plan.seconds - self.elapsed,
        )
        if self.elapsed >= self._plan.seconds:
            self._end()
            self._requests.count += 1

    def _end(self) -> None:
        """Make no more faults; the supervisor ends the clients and the workers."""
        self._over.set()
        self._progress.say("no more tasks and faults: waiting for the last outcomes, then the workers drain")

    def _wait_for_results(self, now: float) -> None:
        """Begin to count the time when every client has a result; raise BadInput where one has none in time."""
        clients = [flow.client for flow in self._flows]
        if all(client is not None and client.counts.ok for client in clients):
            self._begun_at = now
        elif now - self._started_at > WITHIN_S or any(client and client.has_ended() for client in clients):
            without = [flow.row.name for flow in self._flows if not (flow.client and flow.client.counts.ok)]
            raise BadInput(f"no result within {now - self._started_at:.0f} s over {', '.join(without)}")

    def _groups(self) -> dict[str, list[int]]:
        """Return the groups that are sampled; none of the workers while one of them is down."""
        workers = list(self.workers)
        return {
            "clients": [flow.client.pid for flow in self._flows if flow.client],
            "workers": workers if len(workers) == len(self._slots) else [],
            "broker": [] if self._broker.locked() else self.node.pids,
            "this command": [os.getpid()],
        }

    # --- what faults use ---------------------------------------------------------------------------------------------

    @property
    def workers(self) -> Sequence[int]:
        """The process ids of the workers that run."""
        return [slot.worker.pid for slot in self._slots if slot.worker is not None]

    @property
    def proxies(self) -> Sequence[Proxy]:
        """The ways between clients, workers and the broker."""
        return [proxy for flow in self._flows for proxy in flow.proxies]

    def pick(self, things: Sequence[T]) -> T:
        """Return one of ``things``, at random."""
        return self._chance.choice(things)

    def wait(self, seconds: float) -> None:
        """Wait, or return early when the soak ends."""
        self._over.wait(seconds)

    def _strike(self, kind: Kind) -> None:
        if not kind.of_broker:
            kind.strike(self)
        else:
            with self._broker:  # they take turns
                kind.strike(self)
        self.struck[kind.name] += 1

    def close(self) -> None:
        """Wait until all faults are repaired."""
        self._over.set()
        self._pool.shutdown()
