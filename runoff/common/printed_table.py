# Run by the driver (Python 3.9 upward).
"""A table as every command prints it: its title and caption on the left, a line below the headings; and how wide."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Column, Table

WIDE = 160  # columns of a table that is piped


def printed_table(title: str, *groups: Iterable[Column], **look: Any) -> Table:
    """Return a table of the columns of all ``groups``, without rows yet; ``look`` is for rich's Table."""
    columns = [column for group in groups for column in group]
    return Table(*columns, title=title, title_justify="left", caption_justify="left", box=box.SIMPLE_HEAD, **look)


def left(*headings: str, no_wrap: bool = False) -> list[Column]:
    """Return columns of text; ``no_wrap`` keeps each cell on one line."""
    return [Column(heading, no_wrap=no_wrap) for heading in headings]


def right(*headings: str, no_wrap: bool = False) -> list[Column]:
    """Return columns of figures; ``no_wrap`` keeps each cell on one line."""
    return [Column(heading, justify="right", no_wrap=no_wrap) for heading in headings]


def wide(console: Console) -> Console:
    """Return the console for tables: piped output has no width of its own, so it gets WIDE columns."""
    return console if console.is_terminal else Console(width=WIDE, highlight=False, markup=False)
