# Run by the driver (Python 3.9 upward).
"""Measure what bench-* sessions enlisted, and print the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from runoff.cli.bench import ending, new_run, resumed_run
from runoff.cli.bench.options import run_options, selection
from runoff.cli.bench.run_command_help import RunCommand
from runoff.cli.console import console
from runoff.common.guard import Guard
from runoff.common.paths import RESULTS, shown
from runoff.common.progress import Progress
from runoff.driver import machine, measuring_pass
from runoff.driver.broker_lender import Lender
from runoff.records.schema import Header
from runoff.services.latency_server_process import Server


@click.command("measure", cls=RunCommand)
@click.option("--enlisted", type=click.Path(path_type=Path, exists=True), required=True, hidden=True)
@run_options
def command(enlisted: Path, **options: Any) -> int:
    """Measure all that was enlisted, interleaved, and print the answer table."""
    labels = list(dict.fromkeys(enlisted.read_text(encoding="utf-8").split()))
    chosen = selection(options)
    home = (options["results"] or RESULTS) / machine.folder_name(machine.describe())
    guard = Guard()
    lender = Lender(options["amqp_url"], options["allow_sudo"], guard, console.print)
    try:
        if options["resume"]:
            folder, header, environments = resumed_run.resume(home, options, lender)
        else:
            folder, header, environments = new_run.begin(home, labels, chosen, options, guard, lender)
        _say_plan(folder, header)
        interrupted = False
        try:
            server = Server(guard, folder / "server.log", options["server_port"])
            with Progress(console) as progress:
                measuring_pass.MeasuringPass(folder, header, environments, progress, guard, lender.broker).run(server)
            server.close()
        except KeyboardInterrupt:
            interrupted = True
    finally:
        lender.close()
        guard.close()
    return ending.end(folder, header, interrupted)


def _say_plan(folder: Path, header: Header) -> None:
    measured = [cell for cell in header["cells"] if cell["skip"] is None]
    often = "until every decision is made" if header["race"] else f"up to {header['invocations']} invocations each"
    console.print(
        f"{len(measured)} cells ({len(header['cells']) - len(measured)} skipped) on {len(header['interpreters'])} "
        f"interpreters, {often}, at most {header['budget_s']:.0f} s; seed {header['seed']}; into {shown(folder)}"
    )
