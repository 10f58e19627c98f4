# Run by the driver (Python 3.9 upward).
"""From measured curves and a demand to workers, hosts, broker nodes, memory and cost. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from runoff.capacity import queueing
from runoff.capacity.curves import MeasuredOption
from runoff.common.wording import counted, duration, short, size
from runoff.stats.intervals import Estimate

SHARE = 0.99
#: Workers are busy for so much of their time at most: beyond it lines grow for long, and no measured speed is so sure.
BUSY = 0.9
MOST_WORKERS = 10**6


@dataclass(frozen=True)
class Demand:
    """``rate``: tasks per second; ``p99_s``: None where no latency is asked for.

    ``cores`` and ``memory_bytes``: of a host, and of a broker's node. ``copies``: nodes that hold each queue.
    """

    rate: float
    p99_s: float | None
    cores: int
    memory_bytes: int
    copies: int
    price: float | None


@dataclass(frozen=True)
class Interval:
    """A number with the smallest and the largest that the measured intervals allow; None where there is none."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Size:
    """What a demand needs. ``busy``: share of a worker's time; ``per_host``: workers on one, which ``bound`` limits.

    ``clients``: None where the run has no task that costs nothing. ``cost``: core hours per million tasks, or the price
    of an hour where a host has a price.
    """

    workers: Interval
    hosts: Interval
    nodes: Interval | None
    queues: int | None
    clients: int | None
    memory_bytes: Interval
    cost: Interval
    busy: float
    p99_s: float | None
    per_host: int
    bound: str
    extrapolated: tuple[str, ...]


class Unreachable(Exception):
    """The demand cannot be met, or the run cannot say how; the message is a sentence."""


def compute(measured: MeasuredOption, demand: Demand) -> Size:
    """Return what ``demand`` needs; raise Unreachable with the reason."""
    if demand.p99_s is not None and measured.wire is None:
        raise Unreachable("no valid latency rows over this transport, so nothing is known of a p99")
    if measured.brokered and measured.broker is None:
        raise Unreachable("the broker's CPU time was not seen; measure without --amqp-url, on Linux")
    per_host, bound = _per_host(measured, demand)
    one = one_worker(measured, per_host)
    workers = _over(one, lambda speed: _workers(measured, demand, speed))
    hosts = _each(workers, lambda count: math.ceil(count / per_host))
    nodes = _nodes(measured, demand)
    clients = math.ceil(demand.rate / measured.client.rate) if measured.client.known else None
    servers = nodes or Interval(0, 0, 0)
    broker_bytes = measured.broker.memory_bytes if measured.broker else 0
    memory = _sum(
        _each(workers, lambda count: count * measured.worker_bytes + (clients or 1) * measured.client_bytes),
        _each(servers, lambda count: count * broker_bytes),
    )
    cost = _each(_sum(hosts, servers), lambda machines: _cost(machines, demand))
    service_s = measured.service_s(one.value)
    slots = int(workers.value) * measured.slots
    return Size(
        workers=workers,
        hosts=hosts,
        nodes=nodes,
        queues=math.ceil(demand.rate * measured.broker.task_s) if measured.broker else None,
        clients=clients,
        memory_bytes=memory,
        cost=cost,
        busy=demand.rate * service_s / slots,
        p99_s=_p99_s(measured, demand.rate, slots, service_s),
        per_host=per_host,
        bound=bound,
        extrapolated=_extrapolated(measured, demand, int(workers.value), per_host),
    )


def one_worker(measured: MeasuredOption, per_host: int) -> Estimate:
    """Return the tasks per second of one worker on a host with ``per_host`` of them."""
    if measured.law is not None:
        return measured.law.at(per_host).scaled(1 / per_host)
    return measured.one


def _per_host(measured: MeasuredOption, demand: Demand) -> tuple[int, str]:
    """Return how many workers a host has room for, and what limits them."""
    by_cores = int(demand.cores / (measured.cores or 1.0))
    by_memory = int(demand.memory_bytes / measured.worker_bytes) if measured.worker_bytes else by_cores
    if min(by_cores, by_memory) < 1:
        raise Unreachable(
            f"a host of {counted(demand.cores, 'core')} and {size(demand.memory_bytes)} has no room for one worker of "
            f"{short(measured.cores or 1.0)} cores and {size(measured.worker_bytes)}"
        )
    return min(by_cores, by_memory), "memory" if by_memory < by_cores else "cores"


def _workers(measured: MeasuredOption, demand: Demand, speed: float) -> int:
    """Return the fewest workers of ``speed`` tasks per second that meet the demand."""
    service_s = measured.service_s(speed)
    enough = math.ceil(demand.rate * service_s / measured.slots / BUSY)
    if demand.p99_s is None:
        return enough
    assert measured.wire is not None
    alone_s = measured.wire.way_s + queueing.service_quantile(SHARE, service_s, measured.wire.scv)
    if alone_s >= demand.p99_s:
        raise Unreachable(
            f"one task that waits for nobody has a p99 of {duration(alone_s * 1e6)}, so no number of workers keeps "
            f"{duration(demand.p99_s * 1e6)}"
        )
    few, many = enough - 1, MOST_WORKERS
    while many - few > 1:
        middle = (few + many) // 2
        found = _p99_s(measured, demand.rate, middle * measured.slots, service_s)
        few, many = (few, middle) if found is not None and found <= demand.p99_s else (middle, many)
    if many == MOST_WORKERS:
        raise Unreachable(f"more than {MOST_WORKERS} workers would be needed")
    return many


def _p99_s(measured: MeasuredOption, rate: float, slots: int, service_s: float) -> float | None:
    """Return the p99 of a task in seconds; None where it is not known."""
    if measured.wire is None:
        return None
    busy, scv = rate * service_s / slots, measured.wire.scv
    return measured.wire.way_s + queueing.response_quantile(SHARE, slots, busy, service_s, scv)


def _nodes(measured: MeasuredOption, demand: Demand) -> Interval | None:
    if measured.broker is None:
        return None
    few, many = (
        demand.copies * math.ceil(demand.rate * task_s / demand.cores)
        for task_s in (measured.broker.task_s, measured.broker.most_task_s)
    )
    return Interval(few, few, many)


def _cost(machines: float, demand: Demand) -> float:
    if demand.price is not None:
        return machines * demand.price
    return machines * demand.cores / (demand.rate * 3600) * 1e6


def _extrapolated(measured: MeasuredOption, demand: Demand, workers: int, per_host: int) -> tuple[str, ...]:
    """Return what goes beyond the measured range, each with that range."""
    most = measured.sizes[-1]
    found = []
    if workers > most:
        found.append(f"workers: {workers}, measured up to {most}")
    if per_host > most:
        by = "by the fitted law" if measured.law else "as fast each as those"
        found.append(f"workers on a host: {per_host}, measured up to {most}, {by}")
    if (
        measured.wire
        and demand.p99_s is not None
        and any(row.servers < workers * measured.slots for row in measured.wire.rows)
    ):
        served = max(row.servers for row in measured.wire.rows)
        found.append(f"p99: measured with {counted(served, 'task')} at once, calculated for {workers * measured.slots}")
    if measured.broker and demand.rate > measured.broker.carried:
        found.append(f"the broker's rate: measured up to {short(measured.broker.carried)} tasks/s, on one node")
    if demand.rate > measured.client.rate:
        found.append(f"clients: measured with one, up to {short(measured.client.rate)} tasks/s")
    return tuple(found)


def _over(speed: Estimate, needed: Callable[[float], int]) -> Interval:
    """Return what is needed at ``speed``: the fewest at the high end of its interval."""
    value = needed(speed.value)
    if speed.low is None or speed.high is None:
        return Interval(value, None, None)
    try:
        return Interval(value, needed(speed.high), needed(speed.low))
    except Unreachable as reason:
        raise Unreachable(f"at the slow end of its interval, {short(speed.low)} tasks/s, {reason}") from None


def _each(interval: Interval, change: Callable[[float], float]) -> Interval:
    ends = (None if end is None else change(end) for end in (interval.low, interval.high))
    return Interval(change(interval.value), *ends)


def _sum(one: Interval, other: Interval) -> Interval:
    ends = (None if a is None or b is None else a + b for a, b in ((one.low, other.low), (one.high, other.high)))
    return Interval(one.value + other.value, *ends)
