# Run by the driver (Python 3.9 upward).
"""The tables of a capacity plan, and the sentences below them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.table import Table

from runoff.capacity.check import Point
from runoff.capacity.curves import MeasuredOption
from runoff.capacity.limits import Step
from runoff.capacity.sizing import Demand, Interval, Size, one_worker
from runoff.common.printed_table import left, printed_table, right
from runoff.common.wording import counted, duration, number, short, size
from runoff.records.record import OVERHEAD

#: Beside a figure that lies beyond what the run measured.
MARK = "*"
SEEN_S = 1e-6  # less is not worth a word


def answer(sized: Sequence[tuple[MeasuredOption, Size]], demand: Demand) -> Table:
    """Return what ``demand`` needs, a row for each interpreter and transport, the cheapest first."""
    asked = f", p99 at most {duration(demand.p99_s * 1e6)}" if demand.p99_s is not None else ""
    title = (
        f"{short(demand.rate)} tasks/s{asked}, hosts of {counted(demand.cores, 'core')} and "
        f"{gib(demand.memory_bytes)} ({MARK} EXTRAPOLATED, see below; [ends of the interval])"
    )
    cost = "core h/million" if demand.price is None else "cost/hour"
    table = printed_table(
        title,
        left("interpreter", "transport", no_wrap=True),
        right("workers", "hosts", "broker nodes", "clients", "memory", cost, "busy", "p99"),
    )
    for measured, need in sized:
        mark = MARK if need.extrapolated else ""
        table.add_row(
            measured.interpreter,
            measured.transport,
            f"{_written(need.workers)}{mark}",
            f"{_written(need.hosts)}{mark}",
            f"{_written(need.nodes)}{mark}" if need.nodes else "-",
            "-" if need.clients is None else str(need.clients),
            f"{_written(need.memory_bytes, gib)}{mark}",
            f"{_written(need.cost)}{mark}",
            f"{need.busy:.0%}",
            f"{duration(need.p99_s * 1e6)}{mark}" if need.p99_s is not None else "-",
        )
    return table


def sources(measured: MeasuredOption, need: Size, demand: Demand) -> list[str]:
    """Return the figures of the run that a row comes from, a sentence each, then what goes beyond them."""
    most = measured.sizes[-1]
    one = one_worker(measured, need.per_host)
    client = ", the client's share of it included" if measured.shared else ""
    lines = [
        f"{measured.name}, {measured.task}: {measured.way}",
        f"  a worker answers {number(one)} tasks/s, {counted(most, 'worker')} at once"
        + (f"; alone {number(measured.alone)}" if measured.alone and most > 1 else ""),
        f"  and needs {size(measured.worker_bytes)} (PSS{client}) and "
        + (f"{short(measured.cores)} of a core" if measured.cores else "a core (its CPU time is unknown)")
        + f": {need.per_host} to a host, by its {need.bound}",
    ]
    if measured.wire is not None:
        fitted = " and ".join(measured.wire.fitted)
        varied = "fitted" if len(measured.wire.fitted) > 1 else "assumed, as one load alone says nothing of it"
        lines.append(
            f"  the way there and back takes {duration(measured.wire.way_s * 1e6)} ({measured.wire.task} at {fitted}); "
            f"service times vary by {short(measured.wire.scv)} (variance over the square of the mean; {varied})"
            + (
                f"; a task by itself costs {duration(measured.wire.single_s * 1e6)} more"
                if measured.wire.single_s > SEEN_S
                else ""
            )
        )
    if measured.broker is not None:
        lines.append(
            f"  the broker needs {measured.broker.source}, at most {short(measured.broker.most_task_s * 1000)}; "
            f"{counted(need.queues or 1, 'queue')}, each on {counted(demand.copies, 'node')}"
        )
    if measured.client.known:
        lines.append(f"  a client sends at least {short(measured.client.rate)} tasks/s: {measured.client.source}")
    else:
        lines.append(
            f"  what one client can send is not known: no task {OVERHEAD} was measured; {measured.client.source}"
        )
    return [*lines, *(f"  {MARK} {beyond}" for beyond in need.extrapolated)]


def checked(found: Iterable[tuple[MeasuredOption, Point]]) -> Table:
    """Return the simulation beside the run's latencies."""
    title = "the simulation beside what the run measured, in ms (fitted: the line was laid through this load)"
    table = printed_table(
        title,
        left("interpreter", "transport", "load", no_wrap=True),
        right("tasks/s", "p50", "simulated", "p99", "simulated", "over measured"),
    )
    for measured, point in found:
        cells = []
        for share in (50.0, 99.0):
            if share in point.measured_ms:
                value, low, high = point.measured_ms[share]
                cells += [f"{short(value)} [{short(low)}, {short(high)}]", short(point.simulated_ms[share])]
            else:
                cells += ["-", "-"]
        ratio = point.simulated_ms[99.0] / point.measured_ms[99.0][0] if 99.0 in point.measured_ms else None
        table.add_row(
            measured.interpreter,
            measured.transport,
            point.load + (", fitted" if point.fitted else ""),
            short(point.rate),
            *cells,
            short(ratio) if ratio else "-",
        )
    return table


def ladder(measured: MeasuredOption, need: Size, steps: Iterable[Step]) -> Table:
    """Return what the simulation says of ever more workers behind one client and one queue."""
    title = (
        f"{measured.name}, simulated: workers {need.busy:.0%} busy, one client"
        + (", one queue" if measured.broker else "")
        + f" ({MARK} beyond what the run measured)"
    )
    figures = right("workers", "offered/s", "carried/s", "p50", "p99", "hosts", "memory")
    table = printed_table(title, figures, left("gives way"))
    for step in steps:
        mark = MARK if step.workers > measured.sizes[-1] else ""
        table.add_row(
            f"{step.workers}{mark}",
            short(step.offered),
            short(step.outcome.carried),
            *(duration(step.outcome.quantile(share) * 1e6) for share in (0.5, 0.99)),
            str(step.hosts),
            gib(step.memory_bytes),
            ", ".join(step.gone) or "-",
        )
    return table


def gib(count: float) -> str:
    """Format many bytes: 12.5 GiB."""
    return f"{short(count / 2**30)} GiB"


def _written(interval: Interval, shown: Callable[[float], str] = short) -> str:
    if interval.low is None or interval.high is None:
        return f"{shown(interval.value)} [n=1]"
    if interval.low == interval.high:
        return shown(interval.value)
    return f"{shown(interval.value)} [{shown(interval.low)}, {shown(interval.high)}]"
