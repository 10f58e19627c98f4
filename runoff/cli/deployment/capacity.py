# Run by the driver (Python 3.9 upward).
"""Say how many workers, hosts and broker nodes carry a rate."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from runoff.analysis.measured_cells import MeasuredCells
from runoff.capacity import check, curves, limits, tables
from runoff.capacity.curves import MeasuredOption
from runoff.capacity.sizing import Demand, Size, Unreachable, compute
from runoff.cli import named_run
from runoff.cli.console import console
from runoff.cli.option_values import Finite
from runoff.common.errors import BadInput
from runoff.common.printed_table import wide

SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
BYTES = {"MiB": 2**20, "GiB": 2**30}


def _quantity(
    units: Mapping[str, float], example: str
) -> Callable[[click.Context, click.Parameter, str | None], float | None]:
    """Return what reads an option's number with one of ``units``."""

    def read(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
        if value is None:
            return None
        found = re.fullmatch(rf"(\d+(?:\.\d+)?) ?({'|'.join(units)})", value)
        if not found or not float(found[1]):
            raise click.BadParameter(f"takes a number with {' or '.join(units)}, as {example}")
        return float(found[1]) * units[found[2]]

    return read


EXAMPLES = """\b
Examples:
  nox -s capacity -- --rate 2000 --p99 50ms
  nox -s capacity -- RUN --rate 50000 --p99 50ms --hosts-of 16 --memory 64GiB
  nox -s capacity -- RUN --rate 500 --price 0.68 --interpreter pypy-3.11 --transport amqp"""


@click.command("capacity", epilog=EXAMPLES)
@click.argument("run", required=False, type=click.Path(path_type=Path))
@click.option(
    "--rate",
    type=Finite(0.001, 1e12),
    required=True,
    metavar="TASKS",
    help="Rate to carry, in tasks per second.",
)
@click.option(
    "--p99",
    metavar="TIME",
    callback=_quantity(SECONDS, "50ms"),
    help="Latency that 99 of 100 tasks must keep, as in 50ms.",
)
@click.option(
    "--hosts-of",
    "cores",
    type=click.IntRange(1, 4096),
    help="Cores of one host; default: as many as the run's machine has.",
)
@click.option(
    "--memory",
    metavar="SIZE",
    callback=_quantity(BYTES, "64GiB"),
    help="Memory of one host, as in 64GiB; default: as much per core as the run's machine has.",
)
@click.option(
    "--price",
    type=Finite(0, 1e9),
    help="Price of one host for one hour; default: costs are given in core hours.",
)
@click.option(
    "--copies",
    type=click.IntRange(1, 9),
    default=3,
    show_default=True,
    help="Broker nodes that hold a copy of each queue.",
)
@click.option(
    "--task", metavar="NAME", help="Task to size for; default: your own function, if the run has one, else python."
)
@click.option("--interpreter", metavar="NAME", help="Size only workers of this interpreter.")
@click.option("--transport", metavar="NAME", help="Size only workers behind this transport: zmq+tcp or amqp.")
def command(
    run: Path | None,
    rate: float,
    p99: float | None,
    cores: int | None,
    memory: float | None,
    price: float | None,
    copies: int,
    task: str | None,
    interpreter: str | None,
    transport: str | None,
) -> None:
    """Say how many workers, hosts and broker nodes carry a rate, by what RUN measured.

    RUN is a run's folder; without it, the newest run under results/. Workers of each interpreter behind each transport
    that leaves a machine are sized from their own throughput, memory, latency and broker, with the ends of the measured
    intervals. What lies beyond the measured range has a * and is listed. A simulation is held against the run's own
    latencies, then carries the cheapest row of each transport to 10 000 workers and says what gives way first.

    A run has what is needed where its workers were driven at given loads, as in the profile transports. Workers are
    at most 90 % busy; without --p99 that alone counts.
    """
    cells = MeasuredCells.of(named_run.read(run))
    machine = cells.header["machine"]
    wanted = cores or machine["cores"]
    held = memory or machine["memory_bytes"] * wanted / machine["cores"]
    demand = Demand(rate, p99, wanted, int(held), copies, price)
    sized, reasons = _sized(cells, curves.gather(cells, task, interpreter, transport), demand)
    screen = wide(console)
    screen.print(tables.answer(sized, demand))
    for line in [*reasons, *filter(None, [curves.left_out(cells)])]:
        console.print(line)
    points = [(each, point) for each, _ in sized if each.wire for point in check.points(each.wire)]
    if points:
        screen.print(tables.checked(points))
    cheapest = {each.transport: (each, need) for each, need in reversed(sized)}
    for each, need in reversed(list(cheapest.values())):
        for line in tables.sources(each, need, demand):
            console.print(line)
        gives_way = limits.limits(each, demand, need)
        screen.print(tables.ladder(each, need, limits.climb(each, need, gives_way)))
        console.print(limits.sentence(gives_way))


def _sized(
    cells: MeasuredCells, found: list[MeasuredOption], demand: Demand
) -> tuple[list[tuple[MeasuredOption, Size]], list[str]]:
    """Return the rows that can be answered, the cheapest first, and why the others cannot; raise BadInput for none."""
    sized, reasons = [], []
    for each in found:
        try:
            sized.append((each, compute(each, demand)))
        except Unreachable as reason:
            reasons.append(f"{each.name}: {reason}")
    if sized:
        return sorted(sized, key=lambda pair: pair[1].cost.value), reasons
    one = found[0]
    if demand.p99_s is not None and all(each.wire is None for each in found):
        asked = curves.command(cells.header, one.interpreter, one.task.partition(",")[0], one.transport)
        raise BadInput(
            "the run has no latency rows of workers between hosts, so it cannot say which workers keep a p99; "
            f"measure them: {asked}; or leave out --p99"
        )
    raise BadInput(reasons[0])
