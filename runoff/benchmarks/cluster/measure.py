# Run by the driver (Python 3.9 upward): python -m runoff.cli transports --cluster
"""The longest time without results around each fault of a cluster, beside a raw pika client, and what was lost."""

from __future__ import annotations

import secrets
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from runoff.benchmarks.cluster.faults import FAULTS, Fault
from runoff.benchmarks.transports.run_contender import end, start
from runoff.benchmarks.transports.trickle import Trickle, TrickleCounts
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.printed_table import left, printed_table, right, wide
from runoff.common.progress import clock
from runoff.environments.environment import Environment
from runoff.services import rabbitmq
from runoff.services.rabbitmq_cluster import Cluster

WORKERS = 2
EVERY_MS = 10.0  # between two tasks of each client
#: Before a fault: what a client counts as accepted is on the disks then (docs/amqp.md), and results flow.
BEFORE_S = 1.5
FIRST_S = 60.0  # timeout for a result
RAW_S = 15.0  # the same for the raw client, once all is repaired


@dataclass(frozen=True)
class Row:
    """One fault: the longest gaps in seconds and the counts of our client and of the raw one.

    ``outlived`` counts the workers that were there from begin to end.
    """

    fault: Fault
    gap_s: float
    raw_gap_s: float
    ours: TrickleCounts
    raw: TrickleCounts | None  # None: it was stuck at the end
    errors: dict[str, int]  # codes of ours
    outlived: int
    usual_s: float  # the longest gap of ours before the fault


def show(console: Console, environment: Environment, allow_sudo: bool) -> None:
    """Start a private cluster, make each fault under load, and print the table."""
    guard = Guard()
    try:
        found = rabbitmq.obtain_cluster(guard, allow_sudo, console.print)
        if isinstance(found, str):
            console.print(f"the cluster is skipped: {found}")
            return
        assert found.cluster is not None
        try:
            rows = measure(found.cluster, environment, FAULTS, guard, lambda line: console.print(line, style="dim"))
        finally:
            found.close()
    finally:
        guard.close()
    described = f"{environment.interpreter.described}, {found.described}"
    wide(console).print(table(f"{described}: a task every {EVERY_MS:g} ms", rows))


def measure(
    cluster: Cluster, environment: Environment, faults: Sequence[Fault], guard: Guard, say: Callable[[str], None]
) -> list[Row]:
    """Make each of ``faults``, with a client and workers of its own; raise BadInput where no result comes after it."""
    rows = []
    for number, fault in enumerate(faults):
        left_s = sum(each.seconds for each in faults[number:])
        say(f"{fault.name}, {number + 1} of {len(faults)}  ETA {clock(left_s)}")
        rows.append(_measure(cluster, environment, fault, guard))
    return rows


def _measure(cluster: Cluster, environment: Environment, fault: Fault, guard: Guard) -> Row:
    name = f"cluster-{secrets.token_hex(4)}"
    queue, raw_queue = f"runoff.tasks.{name}", f"runoff.raw.{name}"
    pace = ("--every-ms", f"{EVERY_MS:g}")
    with ExitStack() as leaving:

        def run(*module: str) -> subprocess.Popen[str]:
            process = start(environment, list(module), guard)
            leaving.callback(end, process, guard)
            return process

        ours = Trickle(run("contenders.steady.trickle", f"{cluster.url('client')}?queue={name}", *pace))
        url = f"{cluster.url('worker')}?queue={name}"
        workers = [run("transports.worker", url, "--kind", "thread") for _ in range(WORKERS)]
        ours.wait_for_result(0.0, FIRST_S, "a client and its workers had been started")
        # The raw client connects to the leader of our queue first: its own queue is then led there as well.
        raw = Trickle(
            run("contenders.steady.raw_trickle", cluster.url("admin", first=cluster.leader(queue)), raw_queue, *pace)
        )
        begun = raw.wait_for_result(0.0, FIRST_S, "a raw client had been started")
        time.sleep(BEFORE_S)
        struck = time.time()
        fault.strike(cluster, queue)
        cluster.wait_until_whole([queue, raw_queue])
        repaired = time.time()
        again = ours.wait_for_result(repaired, FIRST_S, f"{fault.name}, and all nodes were there again")
        raw_counts = None
        with suppress(BadInput):  # a raw client may be stuck
            raw.wait_for_result(repaired, RAW_S, "the same")
            raw_counts = raw.finish(RAW_S)
        raw_again = next((moment for moment in raw.results() if moment > repaired), time.time())
        counts = ours.finish()
        outlived = sum(worker.poll() is None for worker in workers)
        return Row(
            fault,
            ours.longest_gap_s(struck, again),
            raw.longest_gap_s(struck, raw_again),
            counts,
            raw_counts,
            ours.errors(),
            outlived,
            ours.longest_gap_s(begun, struck),
        )


def table(title: str, rows: Sequence[Row]) -> Table:
    """Return a row for each fault."""
    drawn = printed_table(
        title,
        left("", no_wrap=True),
        right("longest gap", "aim", "raw pika's", "before it", "tasks", "lost", "twice", "workers that went on"),
        right("raw: messages", "lost", "twice"),
    )
    for row in rows:
        aim_s = row.fault.aim_s
        aim = "-" if aim_s is None else f"{aim_s:g} s: {'reached' if row.gap_s <= aim_s else 'missed'}"
        drawn.add_row(
            row.fault.name,
            *(f"{row.gap_s:.2f} s", aim, f"{row.raw_gap_s:.2f} s", f"{row.usual_s:.2f} s"),
            *map(str, (row.ours.submitted, row.ours.lost, row.ours.twice)),
            f"{row.outlived} of {WORKERS}",
            *(map(str, (row.raw.submitted, row.raw.lost, row.raw.twice)) if row.raw else ("stuck", "-", "-")),
        )
    return drawn
