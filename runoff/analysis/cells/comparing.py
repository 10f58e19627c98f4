# Run by the report (Python 3.9 upward).
"""Compare cells, with intervals, and name the best of several."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import replace

from runoff.analysis.cells.cell import Cell
from runoff.records.schema import Header
from runoff.stats import significance
from runoff.stats.significance import Comparison


def compared_together(
    pairs: Iterable[tuple[Cell, Cell]], header: Header, sharing: list[int] | None = None
) -> list[Comparison]:
    """Return the comparisons of ``pairs``, shown together: their intervals hold all at once, at every look.

    ``sharing``: with how many each shares its risk, where it is not with all of these.
    """
    return significance.together([compare(*pair) for pair in pairs], first_look(header), sharing)


def first_look(header: Header) -> int | None:
    """Return the invocations at which a racing run first looked at a decision; None for a run that did not look."""
    return header["min_invocations"] if header.get("race") else None


def compare(one: Cell, other: Cell) -> Comparison:
    """Return how much faster ``one`` is than ``other``."""
    costs = [statistics.median(walls) for cell in (one, other) if (walls := cell.walls_s)]
    return replace(
        significance.between(one.level, other.level),
        warming=(one.warming, other.warming),
        cost_s=sum(costs) if len(costs) == 2 else None,
    )


def best_of_each(cells: Iterable[Cell]) -> dict[str, Cell]:
    """Return {interpreter: its best cell}.

    What workers of another interpreter did for it shows what that one can do: it counts only where the interpreter has
    no other cell.
    """
    own: dict[str, list[Cell]] = {}
    for cell in cells:
        own.setdefault(cell.interpreter, []).append(cell)
    return {label: best_of([c for c in each if not c.runs_elsewhere] or each) for label, each in own.items()}


def best_of(cells: list[Cell]) -> Cell:
    """Return the cell with the highest throughput, among those that have a steady one if any has.

    One that counts by a single start yields to those that do not: a race has left it behind, or has not come to it.
    """
    return max(cells, key=lambda cell: (cell.ranked, len(cell.throughputs) > 1, cell.throughput.value))
