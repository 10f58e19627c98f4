# Run by the driver (Python 3.9 upward).
"""Check a person's own function on every interpreter, and measure it on those that it runs on."""

from __future__ import annotations

from typing import Any

import click

from runoff.cli.bench import measure
from runoff.cli.bench.options import run_options, selection
from runoff.cli.workload.options import workload_options
from runoff.common.errors import BadInput
from runoff.driver import run_folder
from runoff.interpreters import choice
from runoff.workload import target


@click.command("try")
@click.argument("function", required=False, metavar="PATH.py:NAME|MODULE:NAME")
@click.argument("arguments", nargs=-1, metavar="[-- BENCHMARK'S ARGUMENTS]")
@workload_options
@run_options
def command(function: str | None, **options: Any) -> int:
    """Check whether a function, or a program of --command, runs and answers alike everywhere; measure and decide.

    Requirements, imports, GIL, answers, threads, child processes and what is left behind are checked. Nothing of yours
    is copied or changed. How it waits and computes decides how it is measured; the plan is printed with its reasons.
    """
    if not function and not options["command_line"]:
        raise BadInput(f"name a function, as {target.FORMS}, or a program with --command")
    wanted = choice.chosen(choice.find_with(options["interpreters"]), options["interpreters"])
    if not wanted:
        raise BadInput("there is no interpreter to try; nox -s interpreters lists what was found")
    run_folder.check_writable(options["results"])
    selection(options)
    return measure.measure([each.label for each in wanted], {**options, "workload": function})
