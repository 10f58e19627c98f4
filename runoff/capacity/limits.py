# Run by the driver (Python 3.9 upward).
"""What gives way first as workers are added: one client, one queue, one node of the broker, one host."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from runoff.capacity import simulation
from runoff.capacity.curves import MeasuredOption
from runoff.capacity.simulation import Simulated, Station
from runoff.capacity.sizing import Demand, Size, one_worker
from runoff.common.wording import short

LADDER = (1, 10, 100, 1000, 10000)
#: Tasks that are simulated: at least so many, and so many for each slot of a worker, so that all fill.
TASKS, TASKS_PER_SLOT = 10000, 6
#: Of more slots a share is simulated with its share of the load: in such a crowd no task waits for a slot.
MOST_SLOTS = 10000
SEED = 16


@dataclass(frozen=True)
class Limit:
    """``name`` gives way at ``rate`` tasks per second, which so many ``workers`` answer; ``why`` says from what.

    ``added``: whether the ladder has more of it where it gives way.
    """

    name: str
    rate: float
    workers: int
    why: str
    added: bool = False


@dataclass(frozen=True)
class Step:
    """What so many ``workers`` would do behind one client and one queue, if tasks come at ``offered`` a second."""

    workers: int
    offered: float
    outcome: Simulated
    hosts: int
    memory_bytes: float
    gone: tuple[str, ...]


def limits(measured: MeasuredOption, demand: Demand, size: Size) -> list[Limit]:
    """Return what gives way, the first one first; workers are ``size.busy`` busy."""
    one = size.busy * measured.slots / measured.service_s(one_worker(measured, size.per_host).value)
    room = f"{size.per_host} workers by its {size.bound}"
    found = [
        (f"one host's {size.bound}", size.per_host * one, room, True),
    ]
    if measured.client.known:
        found.append(("one client's send loop", measured.client.rate, f"at least; {measured.client.source}", False))
    if measured.broker is not None:
        core, source = 1 / measured.broker.task_s, measured.broker.source
        found.append(("one queue of the broker", core, f"a queue is one process there: a core at {source}", False))
        found.append(("one node of the broker", demand.cores * core, f"{demand.cores} cores like that one", False))
    return sorted(
        (Limit(name, rate, max(1, math.floor(rate / one)), why, added) for name, rate, why, added in found),
        key=lambda limit: limit.rate,
    )


def climb(measured: MeasuredOption, size: Size, found: list[Limit]) -> Iterator[Step]:
    """Simulate each number of workers of LADDER behind one client and one queue, as busy as in ``size``."""
    one = one_worker(measured, size.per_host).value
    service_s = measured.service_s(one)
    way_s, scv = (measured.wire.way_s, measured.wire.scv) if measured.wire else (0.0, 1.0)
    before = [Station("client", 1, 1 / measured.client.rate)] if measured.client.known else []
    if measured.broker is not None:
        before.append(Station("queue", 1, measured.broker.task_s))
    for workers in LADDER:
        slots = workers * measured.slots
        offered = size.busy * slots / service_s
        gone = tuple(limit.name for limit in found if limit.rate < offered and not limit.added)
        # Where a line grows before the workers, they never fill.
        parts = 1 if gone else math.ceil(slots / MOST_SLOTS)
        tasks = TASKS if gone else max(TASKS, TASKS_PER_SLOT * slots // parts)
        stations = [replace(station, service_s=station.service_s * parts) for station in before]
        stations.append(Station("workers", slots // parts, service_s, scv))
        outcome = simulation.run(stations, offered / parts, tasks, way_s, SEED)
        yield Step(
            workers,
            offered,
            replace(outcome, carried=outcome.carried * parts),
            math.ceil(workers / size.per_host),
            workers * measured.worker_bytes,
            gone,
        )


def sentence(found: list[Limit]) -> str:
    """Say what gives way first, and what next."""
    first, *rest = found
    after = "; ".join(f"then {limit.name} at {limit.workers} ({short(limit.rate)} tasks/s)" for limit in rest)
    return (
        f"What gives way first is {first.name}, at {first.workers} workers ({short(first.rate)} tasks/s: {first.why})"
        f"{'; ' if after else ''}{after}."
    )
