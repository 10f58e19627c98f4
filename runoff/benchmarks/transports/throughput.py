# Run by the driver (Python 3.9 upward): python -m runoff.cli transports
"""The throughput of the transports: ratios against a raw loop and against the peers, in one run.

Every contender is measured in turn, several times. A ratio is the median over the turns of two neighbours, which the
machine disturbs alike. All contenders run in processes of the interpreter under test, none in the driver.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from runoff.benchmarks.transports import aims, amqp_contenders, encrypted_contenders, half_load, peer_table, peers
from runoff.benchmarks.transports.contender import NONE, RAW, Contender, counted
from runoff.benchmarks.transports.run_contender import measure
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.printed_table import left, printed_table, right, wide
from runoff.environments.environment import Environment
from runoff.services import rabbitmq
from transports import catalog


def contenders(tasks: int, folder: str) -> list[Contender]:
    """Return the contenders that need nothing but the interpreter; the ratios refer to the first."""
    ipc = f"zmq+ipc:{folder}/w"

    def promised(name: str, url: str, kind: str) -> Contender:
        guarantees = ", ".join(catalog.by_scheme()[url.partition(":")[0]].guarantees)
        serve = ("transports.worker", url, "--kind", kind)
        return Contender(
            name, guarantees, serve, ("contenders.closed_loop", url.partition(":")[0] + ":{address}"), tasks
        )

    return [
        Contender(
            RAW,
            NONE,
            ("contenders.raw_zeromq", "serve", "tcp://127.0.0.1:*"),
            ("contenders.raw_zeromq", "ask", "tcp://{address}"),
            tasks,
        ),
        promised("zmq+tcp, thread", "zmq+tcp:127.0.0.1:*", "thread"),
        promised("zmq+ipc, thread", ipc, "thread"),
        promised("zmq+tcp, process", "zmq+tcp:127.0.0.1:*", "process"),
    ]


@dataclass
class Lineup:
    """Who is measured: ``pairs`` are (raw, ours), and ``lasting`` are those of ours that also run tasks that last."""

    contenders: list[Contender]
    pairs: list[tuple[Contender, Contender]]
    lasting: list[Contender]

    def add_brokered(self, brokered: list[Contender]) -> None:
        """Add contenders behind a broker, each of ours beside the raw one that it is held against."""
        by_name = {each.name: each for each in brokered}
        ours = [each for each in brokered if each.guarantees != NONE]
        self.contenders += brokered
        self.pairs += [(by_name[each.against], each) for each in ours]
        self.lasting += ours


def show(
    console: Console,
    environment: Environment,
    tasks: int,
    turns: int,
    asked: list[str],
    amqp_url: str | None,
    allow_sudo: bool,
) -> None:
    """Measure all contenders and the requested peers ``turns`` times each, and print the tables.

    Tables of half load and of long tasks follow. RabbitMQ's rows need a broker: the one at ``amqp_url``, or a private
    one. Raise BadInput on an interpreter without pyzmq.
    """
    if "zmq" not in environment.capabilities:
        raise BadInput(f"{environment.interpreter.label} has no ZeroMQ: {environment.missing.get('zmq')}")
    guard = Guard()
    try:
        with tempfile.TemporaryDirectory(prefix="runoff-") as name, ExitStack() as leaving:
            folder = Path(name)
            guard.watch_folder(folder)
            lineup = _without_a_broker(environment, tasks, folder)
            certificates = encrypted_contenders.certificates(folder)
            broker: rabbitmq.Broker | str = f"{environment.missing.get('pika')}"
            if "pika" in environment.capabilities:
                broker = rabbitmq.obtain(amqp_url, guard, allow_sudo, console.print, certificates)
            if isinstance(broker, str):
                console.print(f"RabbitMQ is skipped: {broker}")
            else:
                console.print(broker.described)
                leaving.callback(broker.close)
                queue = leaving.enter_context(amqp_contenders.queues(broker))
                lineup.add_brokered(amqp_contenders.contenders(broker, tasks, queue))
                over_tls = encrypted_contenders.with_tls(lineup.contenders[-1], broker, certificates["ca"])
                lineup.contenders += [over_tls] if over_tls else []
            resources = peers.Resources(environment, broker, folder, guard, allow_sudo, console.print, leaving)
            chosen = peers.gather(asked, tasks, resources)
            lineup.contenders += [each.contender for each in chosen.peers]
            environments = {each.contender.name: each.environment for each in chosen.peers}
            seen = _in_turns(console, lineup.contenders, turns, environment, environments, guard)
            wide(console).print(_table(lineup.contenders, seen, environment, turns))
            if asked:
                wide(console).print(peer_table.drawn(chosen, seen, turns, lineup.contenders))
            _show_aims(console, environment, lineup, seen, turns, guard)
    finally:
        guard.close()


def _without_a_broker(environment: Environment, tasks: int, folder: Path) -> Lineup:
    found = contenders(tasks, str(folder))
    raw, ours = found[:2]
    encrypted = encrypted_contenders.with_curve(ours, environment, folder / "keys")
    return Lineup([*found, encrypted], [(raw, ours)], [ours])


def _in_turns(
    console: Console,
    contenders: list[Contender],
    turns: int,
    environment: Environment,
    environments: dict[str, Environment],
    guard: Guard,
) -> dict[str, list[dict[str, float]]]:
    """Return {contender: what each turn measured}; every second turn goes backwards.

    A contender runs in the environment that ``environments`` has for it, or else in ``environment``.
    """
    seen: dict[str, list[dict[str, float]]] = {}
    began = time.monotonic()
    for turn in range(turns):
        for index, each in enumerate(contenders if turn % 2 == 0 else contenders[::-1]):
            done = turn * len(contenders) + index
            left_s = (time.monotonic() - began) / done * (turns * len(contenders) - done) if done else 60.0
            console.print(f"turn {turn + 1} of {turns}  ETA {left_s:.0f} s  {each.name}", style="dim")
            seen.setdefault(each.name, []).append(measure(each, environments.get(each.name, environment), guard))
    return seen


def _show_aims(
    console: Console,
    environment: Environment,
    lineup: Lineup,
    seen: dict[str, list[dict[str, float]]],
    turns: int,
    guard: Guard,
) -> None:
    """Measure at half load and with tasks that last, and print what the promise costs beside its aims."""
    pairs = lineup.pairs
    capacity = {raw.name: statistics.median(line["tasks_per_s"] for line in seen[raw.name]) for raw, _ in pairs}
    judged = [each for raw, ours in pairs for each in _judged(environment, raw, ours, seen)]
    judged += half_load.open_loop(console, environment, guard, pairs, capacity, turns)
    judged += half_load.lengths(console, environment, guard, lineup.lasting, min(turns, 3))
    title = f"{environment.interpreter.described}: what the promise may cost, and costs"
    wide(console).print(aims.table(title, judged, [each for pair in pairs for each in pair]))


def _judged(
    environment: Environment, raw: Contender, ours: Contender, seen: dict[str, list[dict[str, float]]]
) -> list[aims.Judged]:
    module = catalog.by_scheme()[ours.ask[1].partition(":")[0]].module
    got, first = seen[ours.name], seen[raw.name]
    return [
        aims.Judged(ours.name, raw.name, aims.saturated(environment, module), peer_table.ratio(got, first)),
        aims.Judged(ours.name, raw.name, aims.ALONE, _waits(got, first)),
    ]


def _waits(got: list[dict[str, float]], first: list[dict[str, float]]) -> float:
    return statistics.median(a["latency_us"] / b["latency_us"] for a, b in zip(got, first))


def _table(
    all_of_them: list[Contender], seen: dict[str, list[dict[str, float]]], environment: Environment, turns: int
) -> Table:
    table = printed_table(
        f"{environment.interpreter.described}: a no-op task with its result, {counted(turns)}",
        left("", "guarantees"),
        right("tasks/s", "over raw", "one alone, us", "over raw", "p99, us"),
    )
    for each in all_of_them:
        got, first = seen[each.name], seen[each.against]
        speed = statistics.median(line["tasks_per_s"] for line in got)
        alone = ["-", "-", "-"]
        if got[0]["latency_us"] is not None:  # a batch mode has no single tasks
            middle = {key: statistics.median(line[key] for line in got) for key in ("latency_us", "p99_us")}
            alone = [f"{middle['latency_us']:.0f}", f"{_waits(got, first):.2f}", f"{middle['p99_us']:.0f}"]
        table.add_row(each.name, each.guarantees, f"{speed:.0f}", f"{peer_table.ratio(got, first):.2f}", *alone)
    return table
