# Run by the driver (Python 3.9 upward).
"""Measure the cost of measuring."""

from __future__ import annotations

import sys

import click

from runoff.benchmarks.own_cost import harness
from runoff.cli.console import console
from runoff.cli.option_values import names
from runoff.cli.prepare import prepare
from runoff.common.paths import NOX
from runoff.environments.environment import Environment
from runoff.interpreters import choice


@click.command("harness-cost")
@click.option(
    "--interpreter",
    "chosen",
    multiple=True,
    callback=names,
    metavar="NAME",
    help="Measure only these interpreters; default: all that are found.",
)
@click.option("--nox-python", default=sys.executable, metavar="PATH", help="A Python that has nox, for timing nox -l.")
def command(chosen: tuple[str, ...], nox_python: str) -> None:
    """Measure what measuring costs here; print it beside the aims."""
    wanted = choice.chosen(choice.find_with(chosen), chosen)
    ready = [each for each in prepare(wanted, console).values() if isinstance(each, Environment)]
    scratch = NOX / "harness-cost"
    scratch.mkdir(parents=True, exist_ok=True)
    harness.show(console, ready, scratch, nox_python)
