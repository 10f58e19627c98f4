# Run by the driver (Python 3.9 upward).
"""Run a set of workers."""

from __future__ import annotations

import re
from pathlib import Path

import click

from runoff.cli.console import console
from runoff.cli.option_values import AMQP_URL, Finite
from runoff.cli.prepare import prepare_one
from runoff.driver import machine
from runoff.running import crew
from runoff.running.addresses import TRANSPORTS, MeetingPlace


def _size(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[1-9]\d*([KMG]iB)?", value):
        raise click.BadParameter("takes a size, as in 512MiB")
    return value


@click.command("workers")
@click.option(
    "--interpreter", metavar="NAME|PATH", help="Interpreter of the workers; default: the newest CPython with a GIL."
)
@click.option(
    "--transport", type=click.Choice(TRANSPORTS), default="amqp", show_default=True, help="How tasks reach the workers."
)
@click.option(
    "--kind", type=click.Choice(crew.KINDS), default="process", show_default=True, help="Where a worker runs its tasks."
)
@click.option(
    "--per-host", "count", type=click.IntRange(1, 1000), help="Number of workers; default: one for each core."
)
@click.option(
    "--concurrency", type=click.IntRange(1), default=1, show_default=True, help="Tasks that a worker runs at once."
)
@click.option("--task", metavar="NAME", help="Keep the workers busy with this task of the catalog.")
@click.option(
    "--tasks",
    default="scenarios.workers.remote_tasks",
    metavar="MODULE",
    help="Module with the table TASKS; default: the catalog's tasks.",
)
@click.option(
    "--path", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder to import MODULE from."
)
@click.option("--broker", metavar="URL", help=AMQP_URL)
@click.option("--queue", default="default", show_default=True, help="Queue of the broker to take tasks from.")
@click.option("--port", type=click.IntRange(1, 65000), help="Port of the first zmq+tcp worker; default: free ports.")
@click.option(
    "--max-tasks", type=click.IntRange(1), help="Restart a worker after this many tasks, or up to a tenth fewer."
)
@click.option(
    "--max-memory",
    metavar="SIZE",
    callback=_size,
    help="Restart a worker that uses more memory than this, as in 512MiB.",
)
@click.option(
    "--drain-s",
    type=Finite(0.1, 86400),
    default=30.0,
    show_default=True,
    help="Seconds that a worker may take to drain.",
)
@click.option("--allow-sudo", is_flag=True, help="Allow installing a missing RabbitMQ through sudo -n.")
def command(
    interpreter: str | None,
    transport: str,
    kind: str,
    count: int | None,
    concurrency: int,
    task: str | None,
    tasks: str,
    path: Path | None,
    broker: str | None,
    queue: str,
    port: int | None,
    max_tasks: int | None,
    max_memory: str | None,
    drain_s: float,
    allow_sudo: bool,
) -> int:
    """Run workers under one interpreter: supervised, shown live, drained by Ctrl-C, ended at once by a second one."""
    workers = crew.Crew(kind, count or machine.cores(), concurrency, tasks, path, max_tasks, max_memory, drain_s)
    place = MeetingPlace(transport, port, queue, broker, allow_sudo)
    return crew.run(workers, place, prepare_one(interpreter, console), task, console)
