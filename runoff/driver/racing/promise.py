# Run by the driver (Python 3.9 upward): pure functions on throughputs.
"""Which cells that have no number yet are likely to be their interpreter's best, by what the others showed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from runoff.driver.plan import Cell
from runoff.driver.racing.candidates import Seen
from runoff.records import record

#: A cell without its interpreter: the same under each of them.
Like = tuple[str, str, int, tuple[tuple[str, Any], ...]]


def like(cell: Cell) -> Like:
    """Return what ``cell`` has in common with those of other interpreters."""
    return cell.scenario, cell.task, cell.batch, cell.parameters


def promises(seen: Iterable[Seen]) -> dict[Like, float]:
    """Return {a cell without its interpreter: the largest share of an interpreter's best speed that it reached}."""
    measured = [each for each in seen if each.values]
    best: dict[tuple[str, str], float] = {}
    for each in measured:
        key = _of_work(each.cell)
        best[key] = max(each.speed, best.get(key, 0.0))
    found: dict[Like, float] = {}
    for each in measured:
        share = each.speed / best[_of_work(each.cell)]
        found[like(each.cell)] = max(share, found.get(like(each.cell), 0.0))
    return found


def _of_work(cell: Cell) -> tuple[str, str]:
    return cell.interpreter, record.work_key(cell.data)
