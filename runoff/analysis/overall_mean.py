# Run by the report (Python 3.9 upward).
"""One number per interpreter over many cells: a geometric mean of ratios, over common cells only.

Only cells count at which every compared interpreter has a speed to be compared by, each the same. A cell without a
steady state has none, and the speed of a cell still warming up is a lower bound. A mean over the cells that each one
completed would reward an interpreter that failed the hard cells. The cells left out are listed.
"""

from __future__ import annotations

from runoff.analysis.cells.cell import Cell
from runoff.analysis.cells.comparing import compare
from runoff.common.wording import counted, number
from runoff.stats import significance


def in_words(cells: list[Cell], baseline: str) -> list[str]:
    """Return lines: each interpreter's geometric mean over the baseline's, then the cells left out with the reason."""
    cells = [cell for cell in cells if not cell.for_latency]
    labels = list(dict.fromkeys(cell.interpreter for cell in cells))
    places = list(dict.fromkeys(cell.place for cell in cells))
    found = {(cell.interpreter, cell.place): cell for cell in cells}
    missing = {place: why for place in places if (why := _missing(place, labels, found))}
    common = [place for place in places if place not in missing]
    if len(labels) < 2 or baseline not in labels:
        return []
    lines = []
    if common:
        lines.append(
            f"Over {counted(len(common), 'cell')} that all {len(labels)} interpreters completed, geometric mean:"
        )
    for label in labels if common else []:
        if label == baseline:
            continue
        pairs = [(found[label, place], found[baseline, place]) for place in common]
        mean = significance.geometric_mean_ratio([compare(*pair) for pair in pairs])
        lines.append(f"  {number(mean)} times the speed of {baseline}: {label}")
    if missing:
        listed = [f"{place} ({why})" for place, why in missing.items()]
        lines.append(f"Left out of it, {counted(len(listed), 'cell')}: {'; '.join(listed)}")
    return lines


def _missing(place: str, labels: list[str], found: dict[tuple[str, str], Cell]) -> str | None:
    """Return which interpreters have no speed at ``place`` to be compared by, and why; None when all have one."""
    reasons: dict[str, list[str]] = {}
    for label in labels:
        cell = found.get((label, place))
        if cell is None:
            reasons.setdefault("not planned", []).append(label)
        elif not cell.measured:
            reasons.setdefault(cell.status, []).append(label)
        elif not cell.ranked or cell.warming:
            reasons.setdefault(cell.state, []).append(label)
    return ", ".join(f"{why} on {' and '.join(names)}" for why, names in reasons.items()) or None
