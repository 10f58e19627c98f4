# Run by the driver (Python 3.9 upward).
"""List the interpreters of this machine."""

from __future__ import annotations

import click

from runoff.cli.console import console
from runoff.common.paths import shown
from runoff.interpreters import choice


@click.command("interpreters")
def command() -> None:
    """List every interpreter found, and look-alike executables that are not usable, with the reason."""
    found = choice.find_with(())
    for each in found.interpreters:
        console.print(f"{each.label:<22} {each.described}")
    for broken in found.broken:
        console.print(f"{'(unusable)':<22} {shown(broken.executable)}: {broken.reason}")
