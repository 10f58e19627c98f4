# Run by the driver (Python 3.9 upward).
"""The flows of a soak: a client and two workers on one transport and codec, each under another interpreter."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runoff.benchmarks.soak.client import Client
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.environments.environment import Environment
from runoff.running.addresses import Addresses, Queue, ZeroMQ
from runoff.running.crew import LEAVING_S, Crew
from runoff.running.slot import Slot
from runoff.services.proxy import Proxy
from runoff.services.rabbitmq import Broker
from runoff.services.rabbitmq_node import Node
from transports import catalog

#: The module whose tasks can record each begin, and the variable that says where (scenarios/workers/killable.py).
TASKS = "scenarios.workers.remote_tasks"
FOLDER = "RUNOFF_WORKER_FOLDER"
CONCURRENCY = 4
DRAIN_S = 20.0


@dataclass(frozen=True)
class Row:
    """A transport and codec, and the kinds of the workers."""

    transport: str
    codec: str
    kinds: tuple[str, ...]

    @property
    def name(self) -> str:
        """What a person calls it."""
        return f"{self.transport} {self.codec}"

    def needs(self, kind: str | None) -> set[str]:
        """Return what an interpreter must have for a worker of ``kind``, None: for the client."""
        words = {*catalog.by_scheme()[self.transport].needs, *(catalog.KIND_NEEDS[kind] if kind else ())}
        return words | ({"msgpack"} if self.codec == "msgpack" else set())


ROWS = (
    Row("amqp", "json", ("process", "thread")),
    Row("zmq+tcp", "msgpack", ("thread", "process")),
    Row("amqp", "msgpack", ("async", "thread")),
    Row("zmq+ipc", "json", ("process", "async")),
)


class Cast:
    """Gives each role an interpreter: of those that can play it, the one that has the fewest roles so far."""

    def __init__(self, environments: Sequence[Environment]) -> None:
        self._roles = dict.fromkeys((each.interpreter.label for each in environments), 0)
        self._environments = environments

    def play(self, row: Row, kind: str | None) -> Environment:
        """Return an interpreter for a worker of ``kind``, None: for the client; raise BadInput where there is none."""
        needs = row.needs(kind)
        able = [each for each in self._environments if needs <= each.capabilities]
        if not able:
            raise BadInput(f"none of {', '.join(self._roles)} has {', '.join(sorted(needs))} for {row.name}")
        chosen = min(able, key=lambda each: self._roles[each.interpreter.label])
        self._roles[chosen.interpreter.label] += 1
        return chosen


class Flow:
    """One flow. ``folder`` is its own; ``begin`` starts the client, once all workers listen."""

    def __init__(self, row: Row, cast: Cast, addresses: Addresses, folder: Path, proxies: list[Proxy]) -> None:
        self.row = row
        self.folder = folder
        self.proxies = proxies
        self.client: Client | None = None
        self._addresses = addresses
        self._client_environment = cast.play(row, None)
        self._worker_environments = [cast.play(row, kind) for kind in row.kinds]

    @property
    def interpreters(self) -> str:
        """The client's interpreter, and those of its workers."""
        workers = " ".join(
            f"{each.interpreter.label} ({kind})" for each, kind in zip(self._worker_environments, self.row.kinds)
        )
        return f"{self._client_environment.interpreter.label} -> {workers}"

    def slots(self, first: int, guard: Guard, say: Callable[[str], None]) -> list[Slot]:
        """Return a slot for each worker, numbered from ``first``."""
        made = []
        for number, (environment, kind) in enumerate(zip(self._worker_environments, self.row.kinds)):
            variables = {**environment.variables, "TMPDIR": str(self.folder), FOLDER: str(self.folder)}
            crew = Crew(kind, 1, CONCURRENCY, TASKS, None, None, None, DRAIN_S)
            named = replace(environment, variables=variables)
            start = functools.partial(crew.start, number, named, self._addresses, guard, say)
            made.append(Slot(first + number, start, DRAIN_S + LEAVING_S, random.uniform))
        return made

    def begin(self, guard: Guard) -> Client:
        """Start the client."""
        url = self._addresses.client()
        if self.row.transport == "zmq+tcp":  # where each worker listens is known now
            scheme, _, places = url.partition(":")
            self.proxies += [Proxy(place) for place in places.split(",")]
            url = f"{scheme}:{','.join(proxy.address for proxy in self.proxies)}"
        url += f"{'&' if '?' in url else '?'}codec={self.row.codec}"
        variables = {**self._client_environment.variables, "TMPDIR": str(self.folder)}
        self.client = Client(replace(self._client_environment, variables=variables), url, guard)
        return self.client

    def close(self) -> None:
        """End the client and the proxies."""
        if self.client is not None:
            self.client.close()
        for proxy in self.proxies:
            proxy.close()


def make(row: Row, cast: Cast, broker: Broker, folder: Path, number: int) -> Flow:
    """Return the flow ``row``; it reaches ``broker``, a private node, by two ways of its own."""
    folder.mkdir(mode=0o700)
    if row.transport != "amqp":
        return Flow(row, cast, ZeroMQ(row.transport, len(row.kinds), None, folder), folder, [])
    assert broker.node is not None
    proxies = [Proxy(f"127.0.0.1:{broker.node.port}") for _ in range(2)]
    client, worker = (_through(proxy, broker.node, url) for proxy, url in zip(proxies, (broker.client, broker.worker)))
    return Flow(row, cast, Queue(replace(broker, client=client, worker=worker), f"soak-{number}"), folder, proxies)


def _through(proxy: Proxy, node: Node, url: str) -> str:
    return url.replace(f"@127.0.0.1:{node.port}/", f"@{proxy.address}/")
