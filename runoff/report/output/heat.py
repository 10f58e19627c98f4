# Run by the report (Python 3.9 upward).
"""The shades of the figures in a matrix of the page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from runoff.common.loose import Data


def add(cells: Iterable[Data], figure: Callable[[Data], float]) -> None:
    """Give each of ``cells`` its ``heat``: 0 for the smallest figure, 1 for the largest, in logarithms between."""
    logs = [(cell, math.log(figure(cell))) for cell in cells]
    low, high = min(log for _, log in logs), max(log for _, log in logs)
    for cell, log in logs:
        cell["heat"] = round((log - low) / (high - low), 3) if high > low else 0.0
