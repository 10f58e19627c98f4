# Run by the driver (Python 3.9 upward).
"""Measure what bench-* sessions enlisted, or a person's function, and print the answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from runoff.cli.bench import ending, new_run, resumed_run
from runoff.cli.bench.options import run_options, selection
from runoff.cli.bench.run_command_help import RunCommand
from runoff.cli.console import console
from runoff.cli.workload import gating
from runoff.cli.workload.options import workload, workload_options
from runoff.common.errors import NOT_AS_REQUIRED, OK
from runoff.common.guard import Guard
from runoff.common.loose import Options
from runoff.common.paths import RESULTS, shown
from runoff.common.progress import Progress
from runoff.common.wording import counted
from runoff.driver import machine
from runoff.driver.broker_lender import Lender
from runoff.driver.measuring import measuring_pass
from runoff.interpreters import choice
from runoff.records.schema import Header
from runoff.services.latency_server_process import Server
from runoff.workload.measuring import Measuring


@click.command("measure", cls=RunCommand)
@click.option("--enlisted", type=click.Path(path_type=Path, exists=True), required=True, hidden=True)
@run_options
@click.option("--workload", metavar="FILE.py:NAME", hidden=True)
@workload_options
def command(enlisted: Path, **options: Any) -> int:
    """Measure all that was enlisted, interleaved, and print the answer table."""
    return measure(list(dict.fromkeys(enlisted.read_text(encoding="utf-8").split())), options)


def measure(labels: list[str], options: Options) -> int:
    """Measure the interpreters called ``labels``; return the exit code.

    A person's function goes through the gate first, unless its run is resumed.
    """
    own = workload(options)
    guard = Guard()
    lender = Lender(options["amqp_url"], options["allow_sudo"], guard, console.print)
    try:
        made = None
        if own and not options["resume"]:
            wanted = choice.labelled(choice.find_with(options["interpreters"]), labels, options["variants"])
            outcome, made = gating.gated(own, wanted, options, guard)
            failed = gating.failed_ones(outcome, options["required"])
            if failed or made is None or options["gate_only"]:
                return _end_unmeasured(failed, made, options)
            gating.say_plan(made)
        return _measured(labels, options, guard, lender, made)
    finally:
        lender.close()
        guard.close()


def _end_unmeasured(failed: list[str], made: Measuring | None, options: Options) -> int:
    """Say why nothing is measured; return the exit code."""
    if not options["gate_only"]:
        why = f"--require {failed[0]} fails" if failed else "no interpreter passed"
        console.print(f"Not measured: {why}; the table above says why")
    return NOT_AS_REQUIRED if failed or (made is None and not options["gate_only"]) else OK


def _measured(labels: list[str], options: Options, guard: Guard, lender: Lender, made: Measuring | None) -> int:
    home = (options["results"] or RESULTS) / machine.folder_name(machine.describe())
    if options["resume"]:
        folder, header, environments = resumed_run.resume(home, options, lender)
    else:
        folder, header, environments = new_run.begin(home, labels, selection(options), options, guard, lender, made)
    _say_plan(folder, header)
    interrupted = False
    try:
        server = Server(guard, folder / "server.log", options["server_port"])
        with Progress(console) as progress:
            measuring_pass.MeasuringPass(folder, header, environments, progress, guard, lender.broker).run(server)
        server.close()
    except KeyboardInterrupt:
        interrupted = True
    return ending.end(folder, header, interrupted)


def _say_plan(folder: Path, header: Header) -> None:
    measured = [cell for cell in header["cells"] if cell["skip"] is None]
    often = "until every decision is made" if header["race"] else f"up to {header['invocations']} invocations each"
    console.print(
        f"{counted(len(measured), 'cell')} ({len(header['cells']) - len(measured)} skipped) on "
        f"{counted(len(header['interpreters']), 'interpreter')}, {often}, at most {header['budget_s']:.0f} s; "
        f"seed {header['seed']}; into {shown(folder)}"
    )
