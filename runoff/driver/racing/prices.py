# Run by the driver (Python 3.9 upward): pure functions on comparisons.
"""What it takes to answer a question, and which answers the time left can pay for.

A fixed budget is spent best where answers are cheap (Chen et al. 2000 on allocating a computing budget): interpreters
that differ by less than the noise hides would take all of it, and stay unanswered.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from runoff.stats import significance
from runoff.stats.intervals import t_quantile
from runoff.stats.significance import Comparison

FARTHEST = 64  # invocations, beyond which nobody waits for an answer


@dataclass(frozen=True)
class Price:
    """What an answer costs: ``starts`` more of each of ``cells``, {key: seconds of a start}.

    ``rank``: those of a lower one are paid for first.
    """

    cells: dict[str, float]
    starts: int
    rank: int = 0

    @property
    def alone_s(self) -> float:
        """The seconds that it takes where no other question has its cells started."""
        return self.starts * sum(self.cells.values())


def of(cells: dict[str, float], compared: Comparison, first_look: int, sharing: int, rank: int = 0) -> Price:
    """Return the price of an answer of ``rank`` to ``compared``, the difference seen so far between ``cells``.

    Looks are at ``first_look`` invocations, and at twice as many each time; ``sharing`` questions share the risk. The
    first that should do is the one whose interval reaches no further than the difference seen, or than what is left
    of EQUIVALENT beside it.
    """
    count, seen = compared.invocations, abs(compared.difference)
    wanted = max(seen, math.log1p(significance.EQUIVALENT) - seen)
    look = first_look
    while look <= count or (look < FARTHEST and _reach(compared, look, first_look, sharing) > wanted):
        look *= 2
    return Price(cells, look - count, rank)


def _reach(compared: Comparison, look: int, first_look: int, sharing: int) -> float:
    """Return half the interval that ``compared`` should have after ``look`` invocations of each cell.

    A single invocation does not show it: nothing is expected.
    """
    if compared.error is None or compared.invocations < 2:
        return 0.0
    risk = significance.risk_at(look, first_look) / sharing
    freedom = compared.freedom + look - compared.invocations
    return t_quantile(1 - risk / 2, freedom) * compared.error * math.sqrt(compared.invocations / look)


def affordable(prices: Iterable[Price], left_s: float) -> list[Price]:
    """Return what ``left_s`` pays for, by rank and the cheapest first.

    A cell that two answers need is started once for both.
    """
    paid = dict[str, int]()
    found = []
    for price in sorted(prices, key=lambda each: (each.rank, each.alone_s)):
        costs_s = sum(max(0, price.starts - paid.get(key, 0)) * cost_s for key, cost_s in price.cells.items())
        if costs_s <= left_s:
            left_s -= costs_s
            found.append(price)
            paid.update({key: max(price.starts, paid.get(key, 0)) for key in price.cells})
    return found
