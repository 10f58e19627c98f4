# Run by the driver (Python 3.9 upward).
"""Write a folder that runs the winner of a run."""

from __future__ import annotations

from pathlib import Path

import click

from runoff.cli import named_run
from runoff.cli.bench import ending
from runoff.cli.console import console
from runoff.common.paths import scrub, shown
from runoff.recipe import chosen, folder, sizing, task_module
from runoff.recipe.builds import build_of


@click.command("recipe")
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option("--option", metavar="NAME", help=f"Run this instead of the winner: {chosen.OPTION}.")
@click.option(
    "--deadline", type=click.IntRange(1), metavar="SECONDS", help="Deadline that clients give each task; default: 60."
)
@click.option(
    "--status-port",
    type=click.IntRange(1, 65000),
    default=9101,
    show_default=True,
    help="Status port of a host's first worker; recipes on the same host need different ones.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="New folder to write; default: recipe/ in the run's folder.",
)
def command(run: Path | None, option: str | None, deadline: int | None, status_port: int, output: Path | None) -> None:
    """Write a folder that runs the winner of RUN, a run's folder, as workers behind RabbitMQ.

    Requirements, code, supervision, the broker's definitions and a README: every value in it is computed from the run.
    Without RUN it is the newest run under results/.
    """
    measured = named_run.read(run)
    choice = chosen.choose_option(measured, option)
    recipe = folder.Recipe(
        choice,
        sizing.compute(choice.figures, deadline),
        build_of(choice.cell.interpreter, choice.facts),
        task_module.of_cell(choice.cell, measured.header),
        status_port,
        str(scrub(ending.typed())),
    )
    into = output or measured.folder / "recipe"
    written = folder.write(into, recipe)
    for sentence in choice.sentences:
        console.print(sentence, soft_wrap=True)
    console.print(f"{len(written)} files and the code of the workers are in {shown(into)}; start with README.md there")
