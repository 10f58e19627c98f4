# Run by the driver (Python 3.9 upward): python -m bench transports
"""How fast the promise is: ratios against a raw loop and against the pools of the standard library, in one run.

Every contender is measured in turn, several times, and ratios are medians over the turns: what the machine does to one
it does to its neighbour as well. Each runs in processes of the interpreter under test, never in the driver.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.table import Table

from bench import amqp_speed, broker
from bench.contender import NONE, RAW, Contender
from bench.environments import Environment
from bench.errors import BadInput
from bench.facts import clean_environment
from bench.guard import Guard, kill_group
from bench.paths import ROOT
from transports import catalog

READY_S = 20.0


def contenders(tasks: int, folder: str) -> list[Contender]:
    """Those that need nothing beside the interpreter. The first is what ratios are taken against."""
    ipc = f"zmq+ipc:{folder}/w"

    def promised(name: str, url: str, kind: str) -> Contender:
        guarantees = ", ".join(catalog.by_scheme()[url.partition(":")[0]].guarantees)
        serve = ("transports.worker", url, "--kind", kind)
        return Contender(name, guarantees, serve, ("transports.asking", url.partition(":")[0] + ":{address}"), tasks)

    return [
        Contender(
            RAW,
            NONE,
            ("transports.raw_zeromq", "serve", "tcp://127.0.0.1:*"),
            ("transports.raw_zeromq", "ask", "tcp://{address}"),
            tasks,
        ),
        promised("zmq+tcp, thread", "zmq+tcp:127.0.0.1:*", "thread"),
        promised("zmq+ipc, thread", ipc, "thread"),
        promised("zmq+tcp, process", "zmq+tcp:127.0.0.1:*", "process"),
        Contender("Pool.imap_unordered, chunk 1", NONE, None, ("transports.peers", "pool"), tasks),
        Contender("ProcessPoolExecutor.submit", NONE, None, ("transports.peers", "executor"), tasks // 4),
    ]


def show(
    console: Console, environment: Environment, tasks: int, turns: int, amqp_url: str | None, allow_sudo: bool
) -> None:
    """Measure all contenders ``turns`` times, in turn, and print a table; RabbitMQ's where a broker can be had."""
    if "zmq" not in environment.capabilities:
        raise BadInput(f"{environment.interpreter.label} has no ZeroMQ: {environment.missing.get('zmq')}")
    guard = Guard()
    seen: dict[str, list[dict[str, float]]] = {}
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="runoff-") as folder, ExitStack() as leaving:
            all_of_them = contenders(tasks, folder)
            if "pika" in environment.capabilities:
                found = broker.obtain(amqp_url, guard, allow_sudo, console.print)
                if isinstance(found, str):
                    console.print(f"RabbitMQ is skipped: {found}")
                else:
                    console.print(found.described)
                    leaving.callback(found.close)
                    all_of_them += amqp_speed.contenders(found, tasks)
            else:
                console.print(f"RabbitMQ is skipped: {environment.missing.get('pika')}")
            for turn in range(turns):
                ordered = all_of_them if turn % 2 == 0 else all_of_them[::-1]
                for at, each in enumerate(ordered):
                    done = turn * len(ordered) + at
                    left_s = (time.monotonic() - began) / done * (turns * len(ordered) - done) if done else 60.0
                    console.print(f"turn {turn + 1} of {turns}  ETA {left_s:.0f} s  {each.name}", style="dim")
                    seen.setdefault(each.name, []).append(measure(each, environment, guard))
    finally:
        guard.close()
    console.print(_table(all_of_them, seen, environment, turns))


def _table(
    all_of_them: list[Contender], seen: dict[str, list[dict[str, float]]], environment: Environment, turns: int
) -> Table:
    table = Table(title=f"{environment.interpreter.described}: a no-op task with its result, medians of {turns} turns")
    for column in ("", "guarantees"):
        table.add_column(column)
    for column in ("tasks/s", "over raw", "one alone, us", "over raw", "p99, us"):
        table.add_column(column, justify="right")
    for each in all_of_them:
        got, first = seen[each.name], seen[each.against]
        middle = {key: statistics.median(line[key] for line in got) for key in ("tasks_per_s", "latency_us", "p99_us")}
        speed = statistics.median(a["tasks_per_s"] / b["tasks_per_s"] for a, b in zip(got, first))
        wait = statistics.median(a["latency_us"] / b["latency_us"] for a, b in zip(got, first))
        table.add_row(
            each.name,
            each.guarantees,
            f"{middle['tasks_per_s']:.0f}",
            f"{speed:.2f}",
            f"{middle['latency_us']:.0f}",
            f"{wait:.2f}",
            f"{middle['p99_us']:.0f}",
        )
    return table


def measure(contender: Contender, environment: Environment, guard: Guard) -> dict[str, float]:
    """One measurement: {tasks_per_s, latency_us, p99_us}. BadInput where it fails or an answer is wrong."""
    with _served(contender, environment, guard) as address:
        command = [part.format(address=address) for part in contender.ask]
        asked = _start(environment, [*command, "--tasks", str(contender.tasks)], guard)
        try:
            said, _ = asked.communicate(timeout=120)
        except subprocess.TimeoutExpired:
            raise BadInput(f"{contender.name}: no end after two minutes; try fewer --tasks") from None
        finally:
            kill_group(asked.pid)
            guard.release(asked.pid)
    try:
        line = dict(json.loads(said))
    except ValueError:
        raise BadInput(f"{contender.name}: failed with exit code {asked.returncode}, see above") from None
    if line["wrong"]:
        raise BadInput(f"{contender.name}: wrong answers")
    return line


@contextmanager
def _served(contender: Contender, environment: Environment, guard: Guard) -> Iterator[str]:
    if contender.serve is None:
        yield ""
        return
    process = _start(environment, list(contender.serve), guard)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.startswith("ready: "):
            raise BadInput(f"{contender.name}: its server did not start: {line.strip() or 'see above'}")
        yield line.split()[1].partition("://")[2]
        process.terminate()
        process.wait(READY_S)
    finally:
        kill_group(process.pid)
        process.communicate()
        guard.release(process.pid)


def _start(environment: Environment, module: list[str], guard: Guard) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [*environment.command, "-m", *module],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env={**clean_environment(), **environment.variables},
        start_new_session=True,
    )
    guard.watch(process.pid)
    return process


#: What the time after a kill is the time to. A broker alone knows who holds what, so there it is an upper bound.
NEXT = "next result of its tasks"
ALL = "all that was under way was answered"


def recover(
    console: Console, environment: Environment, kills: int, scheme: str, amqp_url: str | None, allow_sudo: bool
) -> None:
    """Kill one of two workers at half load, ``kills`` times, and print how long its tasks were without an answer."""
    guard = Guard()
    try:
        with tempfile.TemporaryDirectory(prefix="runoff-") as folder, ExitStack() as leaving:
            module, what = ["transports.killing", scheme, folder], NEXT
            if scheme == "amqp":
                found = broker.obtain(amqp_url, guard, allow_sudo, console.print)
                if isinstance(found, str):
                    console.print(f"RabbitMQ is skipped: {found}")
                    return
                leaving.callback(found.close)
                module, what = ["transports.killing_amqp", found.client, found.worker], ALL
            process = _start(environment, [*module, "--kills", str(kills)], guard)
            said, _ = process.communicate(timeout=30 + 5 * kills)
            kill_group(process.pid)
            guard.release(process.pid)
    finally:
        guard.close()
    if process.returncode:
        raise BadInput(f"the kills could not be measured (exit code {process.returncode}), see above")
    line = json.loads(said)
    console.print(
        f"{environment.interpreter.label}, {scheme}: worker killed {line['kills']} times at half load: {what} "
        f"after {line['median_ms']:.1f} ms (median; worst {line['worst_ms']:.1f} ms); of {line['tasks']} "
        f"tasks lost {line['lost']}, delivered twice {line['twice']}, run again {line['resent']}"
    )
