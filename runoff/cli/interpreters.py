# Run by the driver (Python 3.9 upward).
"""List the interpreters of this machine, and get others."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import cast

import click

from runoff.analysis.deployable import builds, support
from runoff.cli import named_run
from runoff.cli.console import console
from runoff.common import tables
from runoff.common.errors import NOT_AS_REQUIRED, OK, BadInput, choose
from runoff.common.paths import shown
from runoff.driver import plan
from runoff.interpreters import choice, install, listing
from runoff.records.schema import Facts
from runoff.report.output import capability_page


@click.group("interpreters", invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """List every interpreter found, look-alikes that are not usable, and what is missing, with how to get it."""
    if context.invoked_subcommand:
        return
    table = tables.read("interpreters.toml")
    wanted = dict.fromkeys(
        word
        for row in (*plan.SCENARIOS.values(), *plan.TASKS.values())
        for word in row.needs
        if word not in table["modules"]
    )
    found = choice.find_with(())
    for each in found.interpreters:
        facts = cast(Facts, each.facts)
        line = support.line_of(facts)
        for text in listing.lines_of(each, builds.in_words(facts), line.in_words if line else "unknown", wanted):
            console.print(text)
    for broken in found.broken:
        console.print(f"(unusable) {shown(broken.executable)}: {broken.reason}")
    for text in listing.missing(found, table):
        console.print(text)


@command.command("get")
@click.argument("names", nargs=-1, required=True)
@click.option("--allow-sudo", is_flag=True, help="Allow installing system packages through sudo -n.")
def get(names: tuple[str, ...], allow_sudo: bool) -> int:
    """Get interpreters, by uv or whatever tool has them: NAMES are families (pypy) or versions (cpython-3.14t)."""
    families = tables.read("interpreters.toml")["families"]
    choose("family", [name.partition("-")[0] for name in names], list(families))
    code = OK
    for name in names:
        family, dash, _ = name.partition("-")
        known = _known(name)
        if known:
            _say(name, f"is here: {known}")
            continue
        wanted = install.of_label(families[family], name) if dash else families[family]
        if not wanted["provide"]:
            raise BadInput(f"{name}: no version of {family} can be chosen here; get {family} instead")
        problem = install.provide(wanted, allow_sudo, partial(_say, name))
        known = None if problem else _known(name)
        _say(name, known or f"not got; {problem or 'what was installed is not found'}")
        code = code if known else NOT_AS_REQUIRED
    return code


@command.command("capabilities")
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--into", type=click.Path(path_type=Path), help="The file to write; default: print it.")
def capabilities(folder: Path | None, into: Path | None) -> None:
    """Write what each interpreter and variant of a run can do, as Markdown: FOLDER is a run, by default the newest."""
    page = capability_page.page(named_run.read(folder))
    if into is None:
        print(page, end="")
        return
    into.write_text(page, encoding="utf-8")
    console.print(shown(into))


def _say(name: str, text: str) -> None:
    console.print(f"{name}: {text}")


def _known(name: str) -> str | None:
    """Return what was found of the family or label ``name``; None where nothing was."""
    found = choice.find_with(()).interpreters
    return next((each.described for each in found if name in (each.family, each.label)), None)
