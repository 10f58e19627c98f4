# Run by the driver (Python 3.9 upward).
"""One row of the table of transport_speed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NONE = "none"
RAW = "raw DEALER/ROUTER, tcp, JSON"


@dataclass(frozen=True)
class Contender:
    """One way to have a task done elsewhere. serve: the process that answers, None where asking starts its own.

    "{address}" in ask is what the server said it listens at. against: the contender that its ratios are taken to.
    """

    name: str
    guarantees: str
    serve: tuple[str, ...] | None
    ask: tuple[str, ...]
    tasks: int
    against: str = RAW


def promises(contenders: Iterable[Contender]) -> str:
    """What stands below a table of their figures: what is promised at that price."""
    told: dict[str, dict[str, None]] = {}
    for each in contenders:
        told.setdefault(each.guarantees, {})[each.name] = None
    return "\n".join(f"{' | '.join(names)}: {guarantees}" for guarantees, names in told.items())


def counted(turns: int) -> str:
    """What a figure of so many turns is."""
    return "one turn" if turns == 1 else f"medians of {turns} turns"
