# Run by the driver (Python 3.9 upward).
"""Run clients and workers under faults for a long time, and count every task."""

from __future__ import annotations

import secrets

import click

from runoff.benchmarks.soak import run, table
from runoff.cli.console import console
from runoff.cli.option_values import Finite, names
from runoff.cli.prepare import prepare
from runoff.common.errors import INTERRUPTED, OK, PROMISE_BROKEN, BadInput
from runoff.common.guard import Guard
from runoff.common.printed_table import wide
from runoff.common.progress import Progress
from runoff.environments.environment import Environment, PrepareFailed
from runoff.interpreters import choice
from runoff.running.supervisor import Requests

#: Of a seed that is drawn: short enough to be typed.
SEEDS = 10_000
#: All faults of a soak are drawn before it begins.
WEEK_MINUTES = 7 * 24 * 60.0


@click.command("soak")
@click.option(
    "--minutes",
    type=Finite(min=0.1, max=WEEK_MINUTES),
    default=30.0,
    show_default=True,
    help="Minutes under load and faults, not counting start and end.",
)
@click.option(
    "--faults",
    "per_minute",
    type=Finite(min=0.0, max=60.0),
    default=6.0,
    show_default=True,
    help="Faults a minute, on average.",
)
@click.option(
    "--seed", type=int, help="Seed of the kinds and times of the faults; default: a new one, which is printed."
)
@click.option(
    "--interpreter",
    "interpreters",
    multiple=True,
    callback=names,
    metavar="NAME|PATH",
    help="Run only these, mixed; default: the newest of each family and major version, with and without a GIL.",
)
@click.option("--allow-sudo", is_flag=True, help="Allow installing a missing RabbitMQ through sudo -n.")
def command(
    minutes: float, per_minute: float, seed: int | None, interpreters: tuple[str, ...], allow_sudo: bool
) -> int:
    """Run clients and workers under faults, and count every task.

    Four clients keep tasks in flight over RabbitMQ and ZeroMQ, in JSON and MessagePack, with workers of all kinds under
    several interpreters. Meanwhile workers are killed and stopped, a private broker is killed and restarted, links are
    reset and cut: at times that a Poisson process draws from the seed. Every task must have one outcome, and at the
    end nothing may be left: no process, no file, no message in a queue. Exit code 1: that does not hold. Ctrl-C
    ends it early and counts all the same; a second one ends it at once.
    """
    seed = secrets.randbelow(SEEDS) if seed is None else seed
    console.print(f"seed {seed}", style="dim")
    plan = run.Plan(60 * minutes, per_minute, seed)
    guard = Guard()
    requests = Requests()
    try:
        environments = _prepared(interpreters)
        with requests.heard(), Progress(console) as progress:
            report = run.run(plan, environments, guard, allow_sudo, progress, requests)
    finally:
        guard.close()
    for drawn in table.tables(report):
        wide(console).print(drawn)
    for sentence in table.summary(report):
        console.print(sentence, soft_wrap=True)
    if report.code == INTERRUPTED:
        return INTERRUPTED
    if not report.broken:
        return OK
    for line in (*report.said, *report.broken):
        console.print(line, soft_wrap=True)
    return PROMISE_BROKEN


def _prepared(named: tuple[str, ...]) -> list[Environment]:
    """Return the environments of the interpreters that take part; raise BadInput where a named one has none."""
    wanted = choice.chosen(choice.find_with(named), named)
    outcomes = prepare(wanted if named else choice.newest(wanted), console)
    failed = {label: outcome for label, outcome in outcomes.items() if isinstance(outcome, PrepareFailed)}
    if failed and (named or len(failed) == len(outcomes)):
        raise BadInput("; ".join(f"{label}: no environment: {failure}" for label, failure in failed.items()))
    return [outcome for outcome in outcomes.values() if isinstance(outcome, Environment)]
