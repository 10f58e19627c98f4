# Run by the driver (Python 3.9 upward).
"""Measure what a delay between hosts costs."""

from __future__ import annotations

import click

from runoff.benchmarks.hosts import table
from runoff.cli.bench.options import AMQP_URL
from runoff.cli.console import console
from runoff.cli.prepare import prepare_one


@click.command("hosts")
@click.option("--interpreter", metavar="NAME|PATH", help="Default: the newest CPython with a GIL.")
@click.option("--tasks", default=500000, show_default=True, help="Tasks in one measurement.")
@click.option("--turns", default=3, show_default=True, help="How often each contender is measured.")
@click.option("--amqp-url", metavar="URL", help=AMQP_URL)
@click.option("--allow-sudo", is_flag=True, help="A missing RabbitMQ may be installed through sudo -n.")
def command(interpreter: str | None, tasks: int, turns: int, amqp_url: str | None, allow_sudo: bool) -> None:
    """Measure the transports with client, worker and broker on hosts that are 0, 2 and 20 ms apart."""
    table.show(console, prepare_one(interpreter, console), tasks, turns, amqp_url, allow_sudo)
