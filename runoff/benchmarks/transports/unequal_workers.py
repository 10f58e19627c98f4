# Run by the driver (Python 3.9 upward).
"""Two workers of two interpreters behind one client: what both do together, over the sum of what each does alone."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from runoff.benchmarks.transports import aims, amqp_contenders
from runoff.benchmarks.transports.contender import Contender, counted
from runoff.benchmarks.transports.run_contender import WrongAnswers, run_client, served
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.progress import wide
from runoff.interpreters.environments import Environment
from runoff.services import rabbitmq

TURNS = 3
TASKS = "contenders.words_counted"


def show(console: Console, pair: Sequence[Environment], amqp_url: str | None, allow_sudo: bool) -> None:
    """Measure a worker of each of ``pair`` alone and both together, in turns, over each wire; print the table.

    The client's interpreter is the first. Raise BadInput where one of them has no pyzmq.
    """
    for each in pair:
        if "zmq" not in each.capabilities:
            raise BadInput(f"{each.interpreter.label} has no ZeroMQ: {each.missing.get('zmq')}")
    names = [each.interpreter.label for each in pair]
    title = f"a worker of {' and one of '.join(names)}: tasks in Python code, tasks/s; {counted(TURNS)}"
    table = Table(box=box.SIMPLE_HEAD, title_justify="left", title=title)
    table.add_column("")
    for column in (*(f"{name} alone" for name in names), "together", aims.TOGETHER.what, "aim", "reached"):
        table.add_column(column, justify="right")
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
            for broker in brokers:
                wire = "zmq+tcp" if broker is None else "amqp"
                turns = []
                for turn in range(TURNS):
                    console.print(f"unequal workers, turn {turn + 1} of {TURNS}: {wire}", style="dim")
                    sets = ([pair[0]], [pair[1]], pair)
                    turns.append([speed(workers, pair[0], broker, guard)["tasks_per_s"] for workers in sets])
                share = statistics.median(together / (one + other) for one, other, together in turns)
                speeds = (f"{statistics.median(each):.0f}" for each in zip(*turns))
                reached = aims.TOGETHER.reached(share)
                table.add_row(f"{wire}, thread", *speeds, f"{share:.2f}", str(aims.TOGETHER), reached)
        wide(console).print(table)
    finally:
        guard.close()


def speed(
    workers: Sequence[Environment], client: Environment, broker: rabbitmq.Broker | None, guard: Guard
) -> dict[str, Any]:
    """Return what a client measured with one worker of each of ``workers``, over ``broker`` or over ZeroMQ."""
    with ExitStack() as leaving:
        client_url, worker_url, lanes = "zmq+tcp:", "zmq+tcp:127.0.0.1:*", len(workers)
        if broker is not None:
            queue = leaving.enter_context(amqp_contenders.queues(broker))
            client_url, worker_url = (
                f"{url}{'&' if '?' in url else '?'}queue={queue}" for url in (broker.client, broker.worker)
            )
            lanes = 1
        serve = ("transports.worker", worker_url, "--kind", "thread", "--tasks", TASKS)
        contender = Contender("unequal workers", "", serve, (), 0)
        addresses = [leaving.enter_context(served(contender, each, guard)) for each in workers]
        url = client_url if broker is not None else client_url + ",".join(addresses)
        line: dict[str, Any] = run_client(contender.name, [TASKS, url, "--lanes", str(lanes)], client, guard)
    if line["wrong"]:
        raise WrongAnswers(f"{contender.name}: wrong answers")
    return line
