# Run by the driver (Python 3.9 upward).
"""Measure what a delay between hosts costs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from runoff.benchmarks.hosts import measure, table
from runoff.cli.console import console
from runoff.cli.option_values import AMQP_URL
from runoff.cli.prepare import prepare_one
from runoff.common.paths import RESULTS, scrub, shown
from runoff.common.printed_table import wide
from runoff.driver import machine, run_folder
from runoff.report.output.export import picture_files
from runoff.report.pictures import over_delays


@click.command("hosts")
@click.option(
    "--interpreter", metavar="NAME|PATH", help="The interpreter to measure on; default: the newest CPython with a GIL."
)
@click.option(
    "--tasks", default=500000, show_default=True, type=click.IntRange(min=1), help="Tasks in one measurement."
)
@click.option(
    "--turns", default=3, show_default=True, type=click.IntRange(min=1), help="How often each contender is measured."
)
@click.option("--amqp-url", metavar="URL", help=AMQP_URL)
@click.option("--allow-sudo", is_flag=True, help="Allow installing a missing RabbitMQ through sudo -n.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the record and its picture; default: results/, in a folder for this machine.",
)
def command(
    interpreter: str | None,
    tasks: int,
    turns: int,
    amqp_url: str | None,
    allow_sudo: bool,
    results: Path | None,
) -> None:
    """Measure the transports with client, worker and broker on hosts that are 0, 2 and 20 ms apart."""
    run_folder.check_writable(results)
    record = measure.measure(console, prepare_one(interpreter, console), tasks, turns, amqp_url, allow_sudo)
    for each in table.tables(record):
        wide(console).print(each)
    folder = run_folder.new((results or RESULTS) / machine.folder_name(machine.describe()))
    (folder / "hosts.json").write_text(json.dumps(scrub(record), indent=1), encoding="utf-8")
    picture_files.write_pictures(folder, {"pictures": [over_delays.draw(record)]})
    console.print(f"Record (hosts.json) and picture (hosts.svg, hosts.png): {shown(folder)}", soft_wrap=True)
