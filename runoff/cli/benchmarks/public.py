# Run by the driver (Python 3.9 upward).
"""Measure benchmarks of others on each interpreter, with pyperf's figure beside ours."""

from __future__ import annotations

import time
from pathlib import Path

import click

from runoff.benchmarks.public import table
from runoff.cli.console import console
from runoff.cli.option_values import names
from runoff.cli.prepare import prepare
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.paths import NOX
from runoff.common.progress import Progress
from runoff.driver import machine
from runoff.environments.environment import PrepareFailed
from runoff.interpreters import choice
from runoff.workload.target import resolve

FIRST_S = 20.0  # what a benchmark takes before one has shown it


@click.command("public")
@click.option(
    "--pyperformance", metavar="FOLDER", help="Folder that pyperformance is installed in (pip install --target)."
)
@click.option("--awfy", metavar="FOLDER", help="Folder of a clone of are-we-fast-yet.")
@click.option("--only", metavar="WORD", default="", help="Measure only benchmarks whose name contains this word.")
@click.option(
    "--interpreter", "chosen", multiple=True, callback=names, metavar="NAME", help="Measure only these interpreters."
)
@click.option(
    "--beside", metavar="NAME", help="Interpreter to run pyperf on as well; default: the newest CPython with a GIL."
)
@click.option(
    "--turns",
    default=5,
    show_default=True,
    type=click.IntRange(min=0),
    help="How often at least we and pyperf time a benchmark in turn, until the ratio is known to 1.5 %; 0: never.",
)
@click.option("--output", metavar="FILE", help="File to write the page to, as in docs/public-benchmarks.md.")
def command(
    pyperformance: str | None,
    awfy: str | None,
    only: str,
    chosen: tuple[str, ...],
    beside: str | None,
    turns: int,
    output: str | None,
) -> None:
    """Run public benchmarks unchanged through --adapter; print a call's time and our figure over pyperf's own."""
    scripts, classes = _folder(pyperformance), _folder(awfy)
    wanted = choice.chosen(choice.find_with(chosen), chosen)
    if not wanted or not (scripts or classes):
        raise BadInput("name --pyperformance FOLDER or --awfy FOLDER, and interpreters that are here")
    label = choice.baseline(wanted, beside)
    ready = prepare([each for each in wanted if each.label == label], console)[label]
    if isinstance(ready, PrepareFailed):
        raise BadInput(f"{label} cannot be prepared: {ready}")
    scratch = NOX / "public-benchmarks"
    scratch.mkdir(parents=True, exist_ok=True)
    rows: list[table.Row] = []
    guard = Guard()
    try:
        bench = table.Bench(wanted, ready, turns, scratch, guard)
        found = list(table.benchmarks(scripts, classes, only))
        began = time.monotonic()
        with Progress(console) as progress:
            for done, benchmark in enumerate(found):
                took = (time.monotonic() - began) / done if done else FIRST_S
                progress.show(done, len(found), benchmark.name, took * (len(found) - done))
                rows.append(bench.measure(benchmark))
    finally:
        guard.close()
    lines = [*table.lines(rows, label), *(f"\nNot compared: {failure}." for failure in bench.failures)]
    for line in lines:
        console.print(line, soft_wrap=True)
    if output:
        resolve(output).write_text(table.page(lines, bench, machine.describe()), encoding="utf-8")


def _folder(path: str | None) -> Path | None:
    """Return a folder that was named; raise BadInput where it is none."""
    if path is None:
        return None
    folder = resolve(path)
    if not folder.is_dir():
        raise BadInput(f"there is no folder {path}; docs/your-own-function.md says how to fetch its benchmarks")
    return folder
