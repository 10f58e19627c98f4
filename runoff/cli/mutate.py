# Run by nox -s mutate (Python 3.9 upward, in the tests' environment).
"""Ask which small mistakes the tests would notice."""

from __future__ import annotations

import click
from rich.table import Table

from runoff.cli.console import console
from runoff.cli.option_values import Finite
from runoff.common import tables
from runoff.common.errors import OK, PROMISE_BROKEN, choose
from runoff.common.progress import Progress
from runoff.validation.mutation import mutants


@click.command("mutate")
@click.argument("modules", nargs=-1, metavar="[MODULE]...")
@click.option(
    "--minutes",
    type=Finite(min=0, min_open=True),
    help="Minutes for each module; default: no limit.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Order of the mutants; another, another sample.")
@click.option("--survivors", is_flag=True, help="List every mutant that no test noticed.")
def command(modules: tuple[str, ...], minutes: float | None, seed: int, survivors: bool) -> int:
    """Plant one mistake at a time into each MODULE of mutation.toml (all by default) and run its tests.

    Prints the share that the tests noticed; exit code 1 where it is below the table's. An interrupted or limited run
    goes on where it stopped when the command is given again.
    """
    table = tables.read("mutation.toml")
    rows = {name: mutants.Module.from_table(name, table) for name in table["modules"]}
    choose("module in mutation.toml", list(modules), list(rows))
    found = {}
    with Progress(console) as progress:
        for name in modules or rows:
            session = mutants.Session(rows[name], seed=seed)
            session.prepare()
            session.run(minutes * 60 if minutes else None, progress)
            found[name] = mutants.count(rows[name], session.mutants())
    console.print(_table(found))
    for name, each in found.items() if survivors else ():
        for mutant in each.survivors:
            console.print(f"{name}: {mutant.path}:{mutant.line}: {mutant.text}")
    wanted = table["killed_share"]
    too_few = [name for name, each in found.items() if each.share is not None and each.share < wanted]
    if too_few:
        console.print(f"Fewer than {wanted:.0%} noticed: {', '.join(too_few)}; --survivors lists the others")
    return PROMISE_BROKEN if too_few else OK


def _table(found: dict[str, mutants.Count]) -> Table:
    table = Table("module", "killed", "survived", "named", "not tried yet", "share")
    for name, each in found.items():
        share = "-" if each.share is None else f"{each.share:.0%}"
        table.add_row(name, *map(str, (each.killed, len(each.survivors), each.named, each.untried)), share)
    return table
