# Run by the driver (Python 3.9 upward).
"""Aims: what the guarantees may cost, as ratios measured in one run."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

from runoff.benchmarks.transports.contender import Contender, promises
from runoff.common.printed_table import left, printed_table, right
from runoff.environments.environment import Environment


@dataclass(frozen=True)
class Aim:
    """A bound on a measured ratio: the smallest good value with ``at_least``, else the largest."""

    what: str
    bound: float
    at_least: bool = False

    def __str__(self) -> str:
        return f"at {'least' if self.at_least else 'most'} {self.bound:g}"

    def reached(self, measured: float) -> str:
        """Return "yes" or "NO"."""
        return "yes" if (measured >= self.bound if self.at_least else measured <= self.bound) else "NO"


#: By the module of the wire (transports/catalog.py); the raw loop is a socket for one, a broker's client for the other.
SATURATED = {
    "zeromq": Aim("saturated, tasks/s over raw", 2.0, at_least=True),
    "amqp": Aim("saturated, tasks/s over raw", 7.0, at_least=True),
}
#: For interpreters with a JIT or without a GIL.
NO_CLIFF = Aim("saturated, tasks/s over raw", 0.5, at_least=True)
ALONE = Aim("one in flight, latency over raw", 1.5)
HALF_LOAD = Aim("half load, p99 over raw", 3.0)
EFFICIENCY = Aim("efficiency", 0.9, at_least=True)
BALANCE = Aim("balance", 1.2)
TOGETHER = Aim("one over own", 0.9, at_least=True)  # two workers of unlike speed
#: Shorter tasks are shown but not judged: no system sleeps for so short a time.
JUDGED_FROM_MS = 1.0


def saturated(environment: Environment, module: str) -> Aim:
    """Return the aim for the throughput over a wire's ``module`` on this interpreter."""
    ordinary = environment.interpreter.family == "cpython" and environment.facts["gil"]
    return SATURATED[module] if ordinary else NO_CLIFF


@dataclass(frozen=True)
class Judged:
    """One aim, and what one contender measured for it."""

    contender: str
    against: str
    aim: Aim
    measured: float


def table(title: str, rows: list[Judged], contenders: list[Contender]) -> Table:
    """Draw the aims beside the measured values, with the guarantees of ``contenders`` below."""
    columns = (left("", "against", "what"), right("measured", "aim", "reached"))
    result = printed_table(title, *columns, caption=promises(contenders))
    for row in rows:
        reached = row.aim.reached(row.measured)
        result.add_row(row.contender, row.against, row.aim.what, f"{row.measured:.2f}", str(row.aim), reached)
    return result
