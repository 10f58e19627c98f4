# Run by the driver (Python 3.9 upward).
"""Prepare the interpreters of one bench-* session and note them for the measuring pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from runoff.cli.bench.options import run_options, selection
from runoff.cli.bench.run_command_help import RunCommand
from runoff.cli.console import console
from runoff.cli.prepare import prepare
from runoff.cli.workload.options import workload, workload_options
from runoff.common import tables
from runoff.common.errors import NOTHING_TO_MEASURE, OK
from runoff.common.loose import Options, Table
from runoff.driver import plan, run_folder
from runoff.interpreters import choice, install, variants
from runoff.interpreters.discover import Interpreter


@click.command("enlist", cls=RunCommand)
@click.argument("target")
@click.option("--into", type=click.Path(path_type=Path), required=True, hidden=True)
@run_options
@click.option("--workload", metavar="FILE.py:NAME", help="Your own function instead of the sample tasks.")
@workload_options
def command(target: str, into: Path, **options: Any) -> int:
    """Prepare the interpreters of each session named, then measure all of them, interleaved, and print the answer.

    Names can be repeated or listed: --task io --task noop, or --task io,noop.
    """
    table = tables.read("experiments.toml")
    chosen = selection(options)
    if workload(options) is None:
        plan.check(chosen, table)
    run_folder.check_writable(options["results"])
    families = tables.read("interpreters.toml")["families"]
    wanted = _of(target, families, options)
    if not wanted and target in families and not options["interpreters"]:
        missing = install.provide(
            families[target], options["allow_sudo"], lambda text: console.print(f"{target}: {text}")
        )
        if missing:
            console.print(f"{target}: no interpreter found; {missing}")
            return NOTHING_TO_MEASURE
        wanted = _of(target, families, options)
    if not wanted:
        console.print(f"{target}: none of it among what --interpreter names")
        return NOTHING_TO_MEASURE
    prepare(wanted, console)
    with into.open("a", encoding="utf-8") as stream:
        stream.writelines(f"{each.label}\n" for each in wanted)
    return OK


def _of(target: str, families: Table, options: Options) -> list[Interpreter]:
    """Return the interpreters of the session ``target``; a variant's parent comes with it."""
    found = choice.find_with(options["interpreters"])
    kept = choice.chosen(found, options["interpreters"])
    name, _, variant = target.partition(variants.PLUS)
    wanted = [each for each in kept if name in (each.family if name in families else "", each.label)]
    return choice.with_variants(wanted, ((variant,) if variant and wanted else ()) + options["variants"])
