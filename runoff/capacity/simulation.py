# Run by the driver (Python 3.9 upward).
"""A discrete-event simulation of tasks on their way: a client's send loop, a broker's queue, a line of workers.

Each station has so many servers and one line, first come first served. Tasks arrive at random (a Poisson process), as
the harness sends them, and a latency counts from the intended arrival.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator
from dataclasses import dataclass

import simpy

from runoff.capacity.queueing import STEADY

#: The shares of all tasks between whose ends the rate is counted: at first the stations fill, and at last they empty.
SETTLED = (0.4, 0.8)


@dataclass(frozen=True)
class Station:
    """``servers`` that each need ``service_s`` for a task on average; scv: see queueing.py."""

    name: str
    servers: int
    service_s: float
    scv: float = 0.0


@dataclass(frozen=True)
class Simulated:
    """``latencies_s`` of all tasks, sorted; ``carried``: tasks per second, while all was settled."""

    latencies_s: list[float]
    carried: float

    def quantile(self, share: float) -> float:
        """Return the latency that the ``share`` of all tasks does not exceed, in seconds."""
        return self.latencies_s[min(len(self.latencies_s) - 1, int(share * len(self.latencies_s)))]


def run(stations: list[Station], rate: float, tasks: int, way_s: float = 0.0, seed: int = 0) -> Simulated:
    """Send ``tasks`` through ``stations`` at ``rate`` a second; the way there and back adds ``way_s`` to each."""
    environment = simpy.Environment()
    chance = random.Random(seed)
    lines = [simpy.Container(environment, init=station.servers) for station in stations]
    drawn = [_service(station, chance) for station in stations]
    latencies: list[float] = []
    ended: list[float] = []

    def travel(begun: float) -> Generator[simpy.Event, None, None]:
        for line, draw in zip(lines, drawn):
            yield line.get(1)
            yield environment.timeout(draw())
            yield line.put(1)
        ended.append(environment.now)
        latencies.append(environment.now - begun + way_s)

    def arrive() -> Generator[simpy.Event, None, None]:
        for _ in range(tasks):
            yield environment.timeout(chance.expovariate(rate))
            environment.process(travel(environment.now))

    environment.process(arrive())
    environment.run()
    first, last = (int(share * (tasks - 1)) for share in SETTLED)
    return Simulated(sorted(latencies), (last - first) / (ended[last] - ended[first]))


def _service(station: Station, chance: random.Random) -> Callable[[], float]:
    """Return what draws a service time: gamma, which a scv of 1 makes exponential."""
    if station.scv < STEADY:
        return lambda: station.service_s
    return lambda: chance.gammavariate(1 / station.scv, station.service_s * station.scv)
