# Run by the driver (Python 3.9 upward).
"""Compare our figures with published ones."""

from __future__ import annotations

import click

from runoff.cli.console import with_width
from runoff.common import tables
from runoff.common.errors import OK, BadInput
from runoff.common.guard import Guard
from runoff.common.progress import Progress
from runoff.driver import machine
from runoff.interpreters import choice
from runoff.validation import published_figures


@click.command("published")
@click.option(
    "-n", default=5, show_default=True, type=click.IntRange(min=2), help="Number of runs of each side of a comparison."
)
@click.option("--only", metavar="WORD", default="", help="Run only figures whose source contains this word.")
@click.option("--seed", default=1, show_default=True, help="Seed of the order of the runs.")
def command(n: int, only: str, seed: int) -> int:
    """Run the shapes of published comparisons; print their figure and ours."""
    table = tables.read("figures.toml", published_figures.FOLDER)
    found = list(choice.find_with(()).interpreters)
    figures = [figure for figure in table["figure"] if only.lower() in figure["source"].lower()]
    if not figures:
        raise BadInput(f"no published figure has a source that contains {only!r}; without --only all are run")
    ready: dict[str, dict[str, published_figures.Side]] = {}
    missing: dict[str, str] = {}
    for figure in figures:
        try:
            ready[figure["source"]] = {
                name: published_figures.side(figure[name], table["work"], found) for name in ("fast", "slow")
            }
        except published_figures.CannotRun as reason:
            missing[figure["source"]] = str(reason)
    console = with_width(piped=180)
    guard = Guard()
    try:
        with Progress(console) as progress:
            outcomes = published_figures.measure(
                [one for pair in ready.values() for one in pair.values()], n, guard, progress, seed
            )
    finally:
        guard.close()
    cores = machine.cores()
    rows = [
        published_figures.row_of(figure, ready[figure["source"]], outcomes, cores)
        if figure["source"] in ready
        else published_figures.row_without(figure, missing[figure["source"]])
        for figure in figures
    ]
    published_figures.show(console, figures, [] if only else table["not_run"], rows)
    load = machine.noise()["load_1m"]
    if load is not None and load > cores + 1:
        load_in_words = f"load {load:.1f} on {cores} cores"
        console.print(f"! the machine is busy ({load_in_words}): what should run in parallel had no cores to run on")
    return OK
