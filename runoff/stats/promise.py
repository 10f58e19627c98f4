# Run by the driver and by the report (Python 3.9 upward): pure functions on speeds, cells named by strings.
"""How fast a cell that was not measured may be, by what the same one reached under other interpreters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from runoff.stats.significance import HOPELESS

#: Of the cells that another interpreter has at a work: of more than these its best is likely to be one.
ENOUGH = 0.5


class CellSpeed(NamedTuple):
    """One cell's ``speed`` at a work; ``like`` names it without its interpreter."""

    interpreter: str
    work: str
    like: str
    speed: float


class Share(NamedTuple):
    """The least and the most that a cell reached of an interpreter's best speed."""

    least: float
    most: float


#: What is known of a cell that no other interpreter tried: it may be the best.
UNTRIED = Share(1.0, 1.0)


def promises(measured: Iterable[CellSpeed]) -> dict[str, Share]:
    """Return {a cell without its interpreter: the shares of an interpreter's best speed that it reached}.

    An interpreter of which few cells of a work were measured does not tell what its best would be.
    """
    known = list(measured)
    counts = Counter((each.interpreter, each.work) for each in known)
    most: dict[str, int] = {}
    best: dict[tuple[str, str], float] = {}
    for each in known:
        pair = each.interpreter, each.work
        most[each.work] = max(counts[pair], most.get(each.work, 0))
        best[pair] = max(each.speed, best.get(pair, 0.0))
    shares: dict[str, list[float]] = {}
    for each in known:
        pair = each.interpreter, each.work
        if counts[pair] > ENOUGH * most[each.work]:
            shares.setdefault(each.like, []).append(each.speed / best[pair])
    return {like: Share(min(found), max(found)) for like, found in shares.items()}


def may_reach(promised: dict[str, Share], like: str, beside: str, speed: float) -> float:
    """Return the speed that ``like`` may have under an interpreter where the cell ``beside`` has ``speed``.

    The shares taken are the best of ``like`` and the poorest of ``beside``. It may be HOPELESS times faster than they
    let expect.
    """
    return HOPELESS * speed * promised.get(like, UNTRIED).most / promised.get(beside, UNTRIED).least
