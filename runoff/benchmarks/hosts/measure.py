# Run by the driver (Python 3.9 upward): python -m runoff.cli hosts
"""Client, worker and broker on several hosts: what a delay between them costs, beside peers that wait for each answer.

Every contender is measured at each delay, in turns.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from runoff.benchmarks.hosts import network, ways
from runoff.benchmarks.hosts.network import Host
from runoff.benchmarks.transports import amqp_contenders
from runoff.benchmarks.transports.contender import Contender
from runoff.benchmarks.transports.run_contender import WrongAnswers, run_client, served
from runoff.benchmarks.transports.throughput import contenders
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.loose import Data
from runoff.driver import machine
from runoff.environments.environment import Environment
from runoff.services import rabbitmq

HOSTS = ("client", "worker", "broker")
DELAYS_MS = (0, 2, 20)
#: More in flight than any delay here asks for: how much of it leaves is the session's decision.
WINDOW = 8000
NONE_ALONE = ("--alone", "0")  # contenders.closed_loop times single tasks otherwise; raw pika's always does
#: Seconds in which a peer asks that waits for each answer.
WAITING_S = 1.0
#: How long an answer takes without a delay, in milliseconds: from a worker, and through a queue on the broker's disk.
ANSWER_MS, BROKERED_MS = 0.2, 2.0
#: What is measured, in the words of the progress line.
SPEED, LATENCY, LENGTHS = "no-op tasks", "no-op tasks that begin at random moments", "tasks that sleep"
#: The sections of a record, and what is measured for each.
SECTIONS = {"speeds": SPEED, "latencies": LATENCY, "lengths": LENGTHS}
#: The figures of a client's line that a record keeps; a line of task lengths says of which length it is.
KEPT = ("tasks_per_s", "p50_us", "p99_us", "efficiency")
LENGTHS_MODULE = "contenders.task_lengths"
#: Tasks a second while latencies are measured, and for how many seconds.
RATE, RATE_S = 1000, 4.0


@dataclass(frozen=True)
class Row:
    """A contender and whether it waits for each answer."""

    contender: Contender
    waits: bool = False

    @property
    def brokered(self) -> bool:
        """Whether a broker stands in between."""
        return "{address}" not in " ".join(self.contender.ask)

    @property
    def name(self) -> str:
        """The contender's name, and how it asks."""
        return f"{self.contender.name}, one at a time" if self.waits else self.contender.name

    def options(self, delay_ms: float) -> list[str]:
        """Return how its client asks: a peer that waits is asked for about as long as the others."""
        tasks, window = self.contender.tasks, WINDOW
        if self.waits:
            least_ms = BROKERED_MS if self.brokered else ANSWER_MS
            tasks, window = int(WAITING_S * 1000 / max(delay_ms, least_ms)), 1
        alone = () if self.brokered and self.waits else NONE_ALONE
        return ["--tasks", str(tasks), "--window", str(window), *alone]


def _rows(all_of_them: list[Contender], names: tuple[str, ...]) -> list[Row]:
    raw = all_of_them[0]
    return [*(Row(each) for each in all_of_them if each.name in names), Row(raw, waits=True)]


@dataclass
class Bench:
    """What every measurement here needs."""

    environment: Environment
    hosts: dict[str, Host]
    broker: rabbitmq.Broker | None
    folder: Path
    guard: Guard
    tasks: int

    def rows(self, broker: rabbitmq.Broker | None, queue: str) -> list[Row]:
        """Return the rows of the table; ``broker`` as client and worker reach it."""
        found = _rows(contenders(self.tasks, str(self.folder)), ("zmq+tcp, thread",))
        if broker is not None:
            durable = amqp_contenders.contenders(broker, self.tasks // 2, queue)
            found += _rows(durable[2:], ("amqp, thread",))
        return found

    def at(self, delay_ms: float, what: str) -> dict[str, list[dict[str, float]]]:
        """Return {name of a row: what its client printed} at one delay."""
        seen = {}
        with ExitStack() as leaving:
            broker, queue = None, ""
            if self.broker is not None:
                queue = leaving.enter_context(amqp_contenders.queues(self.broker))
                way = ways.Way(delay_ms)
                broker = leaving.enter_context(ways.to_broker(self.hosts, self.broker, self.folder, way, self.guard))
            for row in self.rows(broker, queue):
                if what == SPEED or not row.waits:
                    seen[row.name] = self._ask(row, delay_ms, what)
        return seen

    def _ask(self, row: Row, delay_ms: float, what: str) -> list[dict[str, float]]:
        contender, lengths = row.contender, what == LENGTHS
        if lengths:
            contender = replace(contender, serve=(*(contender.serve or ()), "--tasks", LENGTHS_MODULE))
        worker, client = (ways.on(self.hosts[name], self.environment) for name in ("worker", "client"))
        with ExitStack() as leaving:
            address = leaving.enter_context(served(contender, worker, self.guard))
            if not row.brokered:
                client_host, worker_host = self.hosts["client"], self.hosts["worker"]
                way = ways.Way(delay_ms)
                address = leaving.enter_context(ways.to_worker(client_host, worker_host, address, way, self.guard))
            module, *rest = (part.format(address=address) for part in contender.ask)
            command = {
                SPEED: [module, *rest, *row.options(delay_ms)],
                LATENCY: [module, *rest, "--rate", str(RATE), "--seconds", str(RATE_S)],
                LENGTHS: [LENGTHS_MODULE, rest[0], "--workers", "1", "--lanes", "1"],
            }[what]
            line = run_client(row.name, command, client, self.guard)
        lines = line if lengths else [line]
        if any(each.get("wrong") for each in lines):
            raise WrongAnswers(f"{row.name}: wrong answers at {delay_ms:g} ms")
        return list(lines)


def measure(
    console: Console, environment: Environment, tasks: int, turns: int, amqp_url: str | None, allow_sudo: bool
) -> Data:
    """Measure every contender at each delay, ``turns`` times; return the record. Raise BadInput without pyzmq."""
    if "zmq" not in environment.capabilities:
        raise BadInput(f"{environment.interpreter.label} has no ZeroMQ: {environment.missing.get('zmq')}")
    guard = Guard()
    try:
        with tempfile.TemporaryDirectory(prefix="runoff-") as folder, ExitStack() as leaving:
            guard.watch_folder(Path(folder))
            found: rabbitmq.Broker | str = f"{environment.missing.get('pika')}"
            if "pika" in environment.capabilities:
                found = rabbitmq.obtain(amqp_url, guard, allow_sudo, console.print)
            if isinstance(found, str):
                console.print(f"RabbitMQ is skipped: {found}")
            else:
                console.print(found.described)
                leaving.callback(found.close)
            lacking = network.lacking()
            if lacking is None:
                hosts = leaving.enter_context(network.joined(HOSTS, guard))
                where = "each on a host of its own (network namespaces, joined by veth)"
            else:
                hosts = {name: Host(name, ways.LOOPBACK) for name in HOSTS}
                where = f"on one host ({lacking})"
            broker = None if isinstance(found, str) else found
            bench = Bench(environment, hosts, broker, Path(folder), guard, tasks)
            return {
                "interpreter": environment.interpreter.label,
                "described": environment.interpreter.described,
                "machine": machine.describe(),
                "where": where,
                "turns": turns,
                **{name: _turns(bench, console, turns, what) for name, what in SECTIONS.items()},
            }
    finally:
        guard.close()


def _turns(bench: Bench, console: Console, turns: int, what: str) -> list[Data]:
    """Return a row for each contender, delay and task length: its figures, each a list with an entry for each turn."""
    rows: dict[tuple[str, float, float | None], Data] = {}
    for turn in range(turns):
        for delay_ms in DELAYS_MS:
            console.print(f"{what}, turn {turn + 1} of {turns}: {delay_ms} ms there and back", style="dim")
            for name, lines in bench.at(delay_ms, what).items():
                for line in lines:
                    task_ms = line.get("task_ms")
                    row = rows.setdefault(
                        (name, delay_ms, task_ms),
                        {"contender": name, "delay_ms": delay_ms, **({} if task_ms is None else {"task_ms": task_ms})},
                    )
                    for field in KEPT:
                        if field in line:
                            row.setdefault(field, []).append(line[field])
    return list(rows.values())
