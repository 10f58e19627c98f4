# Run by the driver (Python 3.9 upward).
"""The table of the peers: our throughput divided by theirs, with the aim beside it."""

from __future__ import annotations

import statistics

from rich.table import Table

from runoff.benchmarks.transports.contender import Contender, counted, promises
from runoff.benchmarks.transports.peers import ChosenPeers
from runoff.common.printed_table import left, printed_table, right

Seen = dict[str, list[dict[str, float]]]


def ratio(ours: list[dict[str, float]], peer: list[dict[str, float]]) -> float:
    """Return the median over the turns of our throughput divided by the peer's in the same turn."""
    return statistics.median(a["tasks_per_s"] / b["tasks_per_s"] for a, b in zip(ours, peer))


def verdict(times: float, aim: float | None) -> str:
    """Return whether ``times`` reaches ``aim``: "yes", "NO", or "-" without an aim."""
    if aim is None:
        return "-"
    return "yes" if times >= aim else "NO"


def drawn(chosen: ChosenPeers, seen: Seen, turns: int, ours: list[Contender]) -> Table:
    """Draw one row for each measured peer, then one for each skipped peer with the reason."""
    compared = [contender for contender in ours if contender.name in {peer.ours for peer in chosen.peers}]
    table = printed_table(
        f"ours over the peer: tasks/s, with the result; {counted(turns)}",
        left("peer", "ours"),
        right("times as many", "aim", "reached"),
        caption=promises([*compared, *(peer.contender for peer in chosen.peers)]),
    )
    for peer in chosen.peers:
        times = ratio(seen[peer.ours], seen[peer.contender.name])
        aim = "-" if peer.aim is None else f"{peer.aim:g}"
        table.add_row(peer.contender.name, peer.ours, f"{times:.1f}", aim, verdict(times, peer.aim))
    for name, reason in chosen.skipped.items():
        table.add_row(name, f"skipped: {reason}", "-", "-", "-")
    return table
