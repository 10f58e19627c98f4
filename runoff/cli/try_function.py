# Run by the driver (Python 3.9 upward).
"""Check a person's own function on every interpreter."""

from __future__ import annotations

import os

import click

from runoff.cli.bench.options import names
from runoff.cli.console import console
from runoff.common.errors import NOT_ALL_RUN, OK, BadInput, choose
from runoff.interpreters import choice
from runoff.workload import gate, gate_table, target


@click.command("try")
@click.argument("function", metavar="PATH.py:NAME|MODULE:NAME")
@click.option("--inputs", metavar="FILE", help="JSON lines, one input a line; default: one call without arguments.")
@click.option("--spread", is_flag=True, help="Pass each input, a list or an object, as several arguments.")
@click.option("--requirements", metavar="FILE", help="A requirements file; installed apart for each interpreter.")
@click.option("--path", "folder", metavar="FOLDER", help="Where MODULE is found; default: the current folder.")
@click.option("--env", "variables", multiple=True, callback=names, metavar="NAME", help="Pass this variable on.")
@click.option("--interpreter", "interpreters", multiple=True, callback=names, metavar="NAME|PATH", help="Only these.")
@click.option(
    "--baseline", metavar="NAME", help="Answers must equal this one's; default: the newest CPython with a GIL."
)
@click.option("--require", "required", multiple=True, callback=names, metavar="NAME", help="Exit code 3 if it fails.")
def command(
    function: str,
    inputs: str | None,
    spread: bool,
    requirements: str | None,
    folder: str | None,
    variables: tuple[str, ...],
    interpreters: tuple[str, ...],
    baseline: str | None,
    required: tuple[str, ...],
) -> int:
    """Check whether a function runs on each interpreter, and answers there as on the baseline.

    Nothing is copied or changed: requirements, imports, GIL, answers, threads, child processes and what is left behind.
    """
    wanted = choice.chosen(choice.find_with(interpreters), interpreters)
    if not wanted:
        raise BadInput("there is no interpreter to try; nox -s interpreters lists what was found")
    choose("interpreter in this run", required, [each.label for each in wanted])
    missing = [name for name in variables if name not in os.environ]
    if missing:
        raise BadInput(f"--env {missing[0]}: this variable is not set")
    pins = target.resolve(requirements) if requirements else None
    if pins and not pins.is_file():
        raise BadInput(f"there is no file {requirements}; --requirements takes a requirements file")
    workload = gate.Workload(
        target.parse(function, folder),
        target.read_inputs(inputs, spread),
        pins,
        {name: os.environ[name] for name in variables},
    )
    outcome = gate.check(
        workload, wanted, choice.baseline(wanted, baseline), lambda verdict: console.print(f"{verdict.label}: checked")
    )
    for line in gate_table.lines(outcome):
        console.print(line)
    failed = {verdict.label for verdict in outcome.verdicts if verdict.failed}
    if not any(verdict.answered for verdict in outcome.verdicts):
        raise BadInput("the function answers on no interpreter; the table above says why")
    return NOT_ALL_RUN if failed & set(required) else OK
