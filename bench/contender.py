# Run by the driver (Python 3.9 upward).
"""One row of the table of transport_speed."""

from __future__ import annotations

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
