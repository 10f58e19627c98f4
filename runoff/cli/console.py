# Run by the driver (Python 3.9 upward).
"""The terminal that the commands print to."""

from __future__ import annotations

from rich.console import Console

console = Console(soft_wrap=True, highlight=False, markup=False)
