# Run by the driver (Python 3.9 upward).
"""A contender: one row of the table of throughputs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

NONE = "none"
RAW = "raw DEALER/ROUTER, tcp, JSON"


@dataclass(frozen=True)
class Contender:
    """One way to run a task in another process.

    ``serve`` is the command of the worker; None where the client starts its own. ``ask`` is the command of the client;
    "{address}" in it stands for the address that the worker printed. ``against`` names the contender that its ratios
    refer to.
    """

    name: str
    guarantees: str
    serve: tuple[str, ...] | None
    ask: tuple[str, ...]
    tasks: int
    against: str = RAW


def promises(contenders: Iterable[Contender]) -> str:
    """Return the caption of a table: the guarantees of ``contenders``, one line for each set of guarantees."""
    by_guarantees: dict[str, dict[str, None]] = {}
    for contender in contenders:
        by_guarantees.setdefault(contender.guarantees, {})[contender.name] = None
    return "\n".join(f"{' | '.join(names)}: {guarantees}" for guarantees, names in by_guarantees.items())


def counted(turns: int) -> str:
    """Describe how many ``turns`` a figure was computed from."""
    return "one turn" if turns == 1 else f"medians of {turns} turns"
