# Run by the driver (Python 3.9 upward): the tables of transport_speed and transport_load.
"""What the promise may cost, as ratios taken in one run: each aim beside what was measured."""

from __future__ import annotations

from dataclasses import dataclass

from rich import box
from rich.table import Table

from runoff.benchmarks.transports.contender import Contender, promises
from runoff.interpreters.environments import Environment


@dataclass(frozen=True)
class Aim:
    """``bound`` is the least that is good enough, or the most, where ``at_least`` says so."""

    what: str
    bound: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"at {'least' if self.at_least else 'most'} {self.bound:g}"

    def reached(self, measured: float) -> str:
        return "yes" if (measured >= self.bound if self.at_least else measured <= self.bound) else "NO"


#: By the module of the wire (transports/catalog.py): one raw loop is a socket, the other a broker's client.
SATURATED = {
    "zeromq": Aim("saturated, tasks/s over raw", 2.0, at_least=True),
    "amqp": Aim("saturated, tasks/s over raw", 7.0, at_least=True),
}
#: On an interpreter with a JIT of its own or without a GIL: no cliff.
NO_CLIFF = Aim("saturated, tasks/s over raw", 0.5, at_least=True)
ALONE = Aim("one in flight, latency over raw", 1.5)
HALF_LOAD = Aim("half load, p99 over raw", 3.0)
EFFICIENCY = Aim("efficiency", 0.9, at_least=True)
BALANCE = Aim("balance", 1.2)
#: Shorter tasks are shown and not judged: no system sleeps for so short a time.
JUDGED_FROM_MS = 1.0


def saturated(environment: Environment, module: str) -> Aim:
    ordinary = environment.interpreter.family == "cpython" and environment.facts["gil"]
    return SATURATED[module] if ordinary else NO_CLIFF


@dataclass(frozen=True)
class Judged:
    """One aim at one contender."""

    contender: str
    against: str
    aim: Aim
    measured: float


def table(title: str, rows: list[Judged], contenders: list[Contender]) -> Table:
    drawn = Table(box=box.SIMPLE_HEAD, title_justify="left", title=title)
    drawn.caption, drawn.caption_justify = promises(contenders), "left"
    for column in ("", "against", "what"):
        drawn.add_column(column)
    for column in ("measured", "aim", "reached"):
        drawn.add_column(column, justify="right")
    for row in rows:
        reached = row.aim.reached(row.measured)
        drawn.add_row(row.contender, row.against, row.aim.what, f"{row.measured:.2f}", str(row.aim), reached)
    return drawn
