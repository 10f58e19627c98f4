# Run by the driver (Python 3.9 upward).
"""What happens during a soak: one row for each kind of fault, and when each comes, drawn from a seed."""

from __future__ import annotations

import math
import os
import random
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from runoff.services.proxy import DOWN, UP, Proxy
from runoff.services.rabbitmq_node import Node

#: Longer than a client waits for a silent worker (4 s), shorter than a supervisor does (10 s).
STOPPED_S = 6.0
#: Before a killed broker is started again.
DOWN_S = 1.0
CUT_S = 5.0
#: No fault comes in the last seconds: each is repaired before the end.
QUIET_S = 8.0

T = TypeVar("T")


class Ground(Protocol):
    """What can be broken."""

    @property
    def workers(self) -> Sequence[int]:
        """The process ids of the workers that run."""

    @property
    def proxies(self) -> Sequence[Proxy]:
        """The ways between clients, workers and the broker."""

    @property
    def node(self) -> Node:
        """The broker."""

    def pick(self, things: Sequence[T]) -> T:
        """Return one of ``things``, at random."""

    def wait(self, seconds: float) -> None:
        """Wait, or return early when the soak ends."""


def kill_worker(ground: Ground) -> None:
    """Kill a worker; its slot starts another one."""
    _signal(ground.pick(ground.workers), signal.SIGKILL)


def stop_worker(ground: Ground) -> None:
    """Stop a worker for a while, as a machine does that swaps."""
    worker = ground.pick(ground.workers)
    _signal(worker, signal.SIGSTOP)
    ground.wait(STOPPED_S)
    _signal(worker, signal.SIGCONT)


def reset(ground: Ground) -> None:
    """Reset every connection of one way."""
    ground.pick(ground.proxies).cut(reset=True)


def partition(ground: Ground) -> None:
    """Let everything vanish on one way, for a while, and reset its connections then."""
    proxy = ground.pick(ground.proxies)
    proxy.holes.update((UP, DOWN))
    ground.wait(CUT_S)
    proxy.cut(reset=True)
    proxy.holes.clear()


def kill_broker(ground: Ground) -> None:
    """Kill the broker, and start it again on its disk."""
    ground.node.kill()
    ground.wait(DOWN_S)
    ground.node.start()


def restart_broker(ground: Ground) -> None:
    """End the broker in order, and start it again."""
    ground.node.end()
    ground.node.start()


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # it has ended meanwhile
        os.kill(pid, number)


@dataclass(frozen=True)
class Kind:
    """``strike(ground)`` makes a fault and repairs it; kinds come as often as their ``weight`` says.

    Those ``of_broker`` wait for each other.
    """

    name: str
    strike: Callable[[Ground], None]
    weight: int
    of_broker: bool = False


KINDS = (
    Kind("worker killed", kill_worker, 8),
    Kind("worker stopped", stop_worker, 3),
    Kind("connections reset", reset, 3),
    Kind("partition", partition, 3),
    Kind("broker killed", kill_broker, 1, of_broker=True),
    Kind("broker restarted", restart_broker, 1, of_broker=True),
)


def schedule(seconds: float, per_minute: float, seed: int) -> list[tuple[float, Kind]]:
    """Return when each fault comes in a soak of ``seconds``, and its kind.

    Faults are a Poisson process: the time between two says nothing of the next. Each kind comes once, in an order drawn
    at random, before kinds are drawn by their weights.
    """
    chance = random.Random(seed)
    first = chance.sample(KINDS, len(KINDS))
    weights = [kind.weight for kind in KINDS]
    found = []
    mean_s = 60 / per_minute if per_minute else math.inf
    at = mean_s * chance.expovariate(1.0)
    while at < seconds - QUIET_S:
        found.append((at, first.pop() if first else chance.choices(KINDS, weights)[0]))
        at += mean_s * chance.expovariate(1.0)
    return found
