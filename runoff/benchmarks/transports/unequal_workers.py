# Run by the driver (Python 3.9 upward).
"""Two workers of two interpreters behind one client, over the same two with a client and tasks of its own for each.

In both ways both compute at the same time, so workers, clients and broker take as much of each other's cores.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from rich.console import Console

from runoff.benchmarks.transports import aims, amqp_contenders
from runoff.benchmarks.transports.contender import Contender, counted
from runoff.benchmarks.transports.run_contender import WrongAnswers, run_client, served
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.printed_table import left, printed_table, right, wide
from runoff.environments.environment import Environment
from runoff.services import rabbitmq

TURNS = 5
TASKS = "contenders.words_counted"
NAME = "unequal workers"
#: How often a task does its work: about 2 and 6 ms of PyPy and CPython on one core, then five times as long.
TIMES = (1, 5)


def show(console: Console, pair: Sequence[Environment], amqp_url: str | None, allow_sudo: bool) -> None:
    """Measure a worker of each of ``pair`` alone, both with own clients and both with one, in turns; print the table.

    The client's interpreter is the first. Raise BadInput where one of them has no pyzmq.
    """
    for each in pair:
        if "zmq" not in each.capabilities:
            raise BadInput(f"{each.interpreter.label} has no ZeroMQ: {each.missing.get('zmq')}")
    names = [each.interpreter.label for each in pair]
    title = f"a worker of {' and one of '.join(names)}: tasks in Python code, tasks/s; {counted(TURNS)}"
    alone = (f"{name} alone" for name in names)
    both = ("both, own clients", "both, one client", aims.TOGETHER.what, "aim", "reached")
    table = printed_table(title, left(""), right("times the work", *alone, *both))
    guard = Guard()
    try:
        with ExitStack() as leaving:
            brokers: list[rabbitmq.Broker | None] = [None]
            if all("pika" in each.capabilities for each in pair):
                found = rabbitmq.obtain(amqp_url, guard, allow_sudo, console.print)
                if isinstance(found, str):
                    console.print(f"RabbitMQ is skipped: {found}")
                else:
                    leaving.callback(found.close)
                    brokers.append(found)
            for broker, times in itertools.product(brokers, TIMES):
                wire = "zmq+tcp" if broker is None else "amqp"
                turns = []
                for turn in range(TURNS):
                    console.print(f"unequal workers, turn {turn + 1} of {TURNS}: {wire}, {times}", style="dim")
                    ways = ([pair[:1]], [pair[1:]], [pair[:1], pair[1:]], [pair])
                    turns.append([speed(crews, times, pair[0], broker, guard)["tasks_per_s"] for crews in ways])
                share = statistics.median(shared / own for *_, own, shared in turns)
                speeds = (f"{statistics.median(each):.0f}" for each in zip(*turns))
                reached = aims.TOGETHER.reached(share)
                table.add_row(f"{wire}, thread", str(times), *speeds, f"{share:.2f}", str(aims.TOGETHER), reached)
        wide(console).print(table)
    finally:
        guard.close()


def speed(
    crews: Sequence[Sequence[Environment]],
    times: int,
    client: Environment,
    broker: rabbitmq.Broker | None,
    guard: Guard,
) -> dict[str, Any]:
    """Return what the clients of all ``crews`` counted at the same time, over ``broker`` or over ZeroMQ.

    A crew is a worker of each of its interpreters behind a client of its own; all clients are threads of one process.
    """
    with ExitStack() as leaving:
        urls = [_served(crew, broker, guard, leaving) for crew in crews]
        lanes = len(crews[0]) if broker is None else 1
        options = ("--lanes", str(lanes), "--times", str(times))
        line: dict[str, Any] = run_client(NAME, [TASKS, *urls, *options], client, guard)
    if line["wrong"]:
        raise WrongAnswers(f"{NAME}: wrong answers")
    return line


def _served(crew: Sequence[Environment], broker: rabbitmq.Broker | None, guard: Guard, leaving: ExitStack) -> str:
    """Start the workers of ``crew``, which end with ``leaving``; return the URL for their client."""
    client_url, worker_url = "zmq+tcp:", "zmq+tcp:127.0.0.1:*"
    if broker is not None:
        queue = leaving.enter_context(amqp_contenders.queues(broker))
        client_url, worker_url = (
            f"{url}{'&' if '?' in url else '?'}queue={queue}" for url in (broker.client, broker.worker)
        )
    serve = ("transports.worker", worker_url, "--kind", "thread", "--tasks", TASKS)
    contender = Contender(NAME, "", serve, (), 0)
    addresses = [leaving.enter_context(served(contender, each, guard)) for each in crew]
    return client_url if broker is not None else client_url + ",".join(addresses)
