# Run by the driver (Python 3.9 upward).
"""Hold the simulation against the latencies that the run measured, load by load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runoff.analysis import latency
from runoff.capacity import simulation
from runoff.capacity.simulation import Station
from runoff.capacity.wire import Driven, Wire
from runoff.stats import histogram

SHARES = (50.0, 99.0)
#: Each invocation is played so often: its few seconds are one draw of many.
PLAYED = 5


@dataclass(frozen=True)
class Point:
    """One load: {percentile: measured, its interval, and simulated}, in milliseconds; ``fitted``: it was fitted to."""

    load: str
    rate: float
    fitted: bool
    measured_ms: dict[float, tuple[float, float, float]]
    simulated_ms: dict[float, float]


def points(wire: Wire) -> Iterator[Point]:
    """Play every load of the run as the harness drove it: as many tasks, at the speed of its own closed loop."""
    by_load: dict[str, list[Driven]] = {}
    for row in sorted(wire.rows, key=lambda row: row.busy()):
        by_load.setdefault(row.load, []).append(row)
    for load, rows in by_load.items():
        times = histogram.merged(row.latencies for row in rows)
        count = times.get_total_count()
        played = sorted(ms for seed, row in enumerate(rows) for ms in _played(row, wire, seed))
        shares = [share for share in SHARES if latency.carries(count, share)]
        yield Point(
            load,
            sum(row.rate for row in rows) / len(rows),
            load in wire.fitted,
            {
                share: (times.get_value_at_percentile(share) / 1e6, *latency.interval_ms(times, share))
                for share in shares
            },
            {share: played[int(share / 100 * len(played))] for share in shares},
        )


def _played(row: Driven, wire: Wire, seed: int) -> Iterator[float]:
    station = Station("workers", row.servers, row.service_s + wire.single_s, wire.scv)
    for turn in range(PLAYED):
        outcome = simulation.run([station], row.rate, row.sent, wire.way_s, seed * PLAYED + turn)
        yield from (second * 1000 for second in outcome.latencies_s)
