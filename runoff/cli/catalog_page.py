# Run by the driver (Python 3.9 upward).
"""Print the page of all scenarios, tasks, transports and profiles."""

from __future__ import annotations

import click

from runoff.driver import catalog_page


@click.command("catalog-page")
def command() -> None:
    """Print docs/scenarios-and-tasks.md, as the catalogs are now."""
    print(catalog_page.page(), end="")
