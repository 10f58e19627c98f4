# Run by the driver (Python 3.9 upward).
"""The terminals that the commands print to."""

from __future__ import annotations

import sys

from rich.console import Console

console = Console(soft_wrap=True, highlight=False, markup=False)


def with_width(piped: int) -> Console:
    """Return a console as wide as the terminal. Piped output has no width of its own: it gets ``piped`` columns."""
    return Console(width=None if sys.stdout.isatty() else piped, highlight=False, markup=False)
