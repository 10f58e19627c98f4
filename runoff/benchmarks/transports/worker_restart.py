# Run by the driver (Python 3.9 upward).
"""Recovery times of one interpreter: after a worker was killed, and after the broker was killed and restarted."""

from __future__ import annotations

import statistics
import tempfile
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from runoff.benchmarks.transports import broker_restart
from runoff.benchmarks.transports.run_contender import end, start
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment
from runoff.records import record
from runoff.records.schema import Kills
from runoff.services import rabbitmq
from transports import catalog

#: The aim for the median, by the kind of wire.
AIM_MS = {"zmq": 20.0, "amqp": 100.0}
TASK_MS = 4
LOG_BYTES = 2000  # at most so much of a failed invocation's log is shown


def of_workers(
    console: Console, environment: Environment, kills: int, scheme: str, amqp_url: str | None, allow_sudo: bool
) -> None:
    """Kill one of two workers at half load, ``kills`` times, and print how long its tasks waited for an answer.

    Raise BadInput where the kills cannot be measured.
    """
    guard = Guard()
    try:
        with tempfile.TemporaryDirectory(prefix="runoff-") as folder, ExitStack() as leaving:
            secrets: dict[str, tuple[str, str]] = {}
            if scheme == "amqp":
                found = rabbitmq.obtain(amqp_url, guard, allow_sudo, console.print)
                if isinstance(found, str):
                    console.print(f"RabbitMQ is skipped: {found}")
                    return
                leaving.callback(found.close)
                secrets = leaving.enter_context(found.queue())
            got = invoke(job(environment, kills, scheme, secrets), Path(folder), guard)
            if got["status"] != record.OK:
                said = (Path(folder) / "log.txt").read_bytes()[-LOG_BYTES:].decode(errors="replace")
                raise BadInput(f"the kills could not be measured: {got['reason']}\n{said}".rstrip())
    finally:
        guard.close()
    assert got["kills"]  # the job asks for them, and a reply without is no success
    who = f"{environment.interpreter.label}, {_promised(scheme)}"
    console.print(line(who, got["kills"], AIM_MS[scheme.partition("+")[0]]))


def _promised(scheme: str) -> str:
    return f"{scheme} ({', '.join(catalog.guarantees(scheme))})"


def job(environment: Environment, kills: int, scheme: str, secrets: dict[str, tuple[str, str]]) -> Job:
    """Return the job of a cell of the set ``recovery`` with ``kills`` kills."""
    parameters = {"concurrency": 2, "transport": scheme, "worker_kind": "thread", "task_ms": TASK_MS, "kills": kills}
    return Job(
        cell=PlannedCell(environment.interpreter.label, "distributed", "sleep", 20, tuple(parameters.items())),
        block=0,
        environment=environment,
        settings={"task_ms": TASK_MS},
        min_iterations=7,
        max_iterations=25,
        max_seconds=1.5,
        timeout_s=60 + 10 * kills,
        hash_seed=1,
        padding_bytes=0,
        secrets=secrets,
    )


def line(who: str, kills: Kills, aim_ms: float) -> str:
    """Describe the kills in one sentence, with the aim and whether it was reached."""
    gaps_ms = [gap / 1e6 for gap in kills["gaps_ns"]]
    median_ms = statistics.median(gaps_ms)
    return (
        f"{who}: worker killed {kills['killed']} times at half load: next result of its tasks after {median_ms:.1f} ms "
        f"(median; worst {max(gaps_ms):.1f} ms; aim {aim_ms:g} ms: {'reached' if median_ms <= aim_ms else 'missed'}); "
        f"of {kills['tasks']} tasks lost {kills['lost']}, delivered twice {kills['twice']}, run again {kills['resent']}"
    )


def of_the_broker(console: Console, environment: Environment, restarts: int, allow_sudo: bool) -> None:
    """Restart a private broker under load ``restarts`` times, and print how soon results came again."""
    guard = Guard()
    try:
        found = rabbitmq.obtain_private(guard, allow_sudo, console.print)
        if isinstance(found, str):
            console.print(f"RabbitMQ's restarts are skipped: {found}")
            return
        with ExitStack() as leaving:
            leaving.callback(found.close)
            assert found.node is not None
            for module in (
                ["transports.worker", found.worker, "--kind", "thread"],
                ["contenders.steady.trickle", found.client],
            ):
                process = start(environment, module, guard)
                leaving.callback(end, process, guard)
            report = broker_restart.measure(
                found.node, process, restarts, lambda line: console.print(line, style="dim")
            )
    finally:
        guard.close()
    console.print(f"{environment.interpreter.label}, {_promised('amqp')}: {report}")
