# Run by the driver (Python 3.9 upward).
"""The client of a flow: a process that keeps tasks under way, and counts what came of them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runoff.benchmarks.transports.run_contender import end, start
from runoff.common.guard import Guard
from runoff.environments.environment import Environment

#: A task of the catalog that takes so long, and how many of them are under way. Few cores have to carry all flows.
TASK_MS = 20
IN_FLIGHT = 16
#: After it was told to stop: a task has its outcome within its deadline of a minute, whatever happens.
END_S = 75.0


@dataclass(frozen=True)
class ClientCounts:
    """What a client says of its tasks (contenders.steady.load)."""

    submitted: int = 0
    ok: int = 0
    wrong: int = 0
    twice: int = 0
    resent: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    @property
    def lost(self) -> int:
        """Tasks without any outcome, once the client has ended."""
        return self.submitted - self.ok - self.wrong - sum(self.errors.values())


class Client:
    """The client of the flow at ``url``."""

    def __init__(self, environment: Environment, url: str, guard: Guard) -> None:
        self._guard = guard
        module = ["contenders.steady.load", url, "sleep", "--settings", json.dumps({"task_ms": TASK_MS})]
        module += ["--in-flight", str(IN_FLIGHT), "--recorded", "--report-s", "1"]
        self._process = start(environment, module, guard)
        self.counts = ClientCounts()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.counts = ClientCounts(**json.loads(line))

    def has_ended(self) -> bool:
        """Return whether it has ended, and all that it printed was read."""
        return not self._reader.is_alive()

    def code(self) -> int | None:
        """Return its exit code; None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """Have it submit nothing more; it ends when every task has its outcome."""
        if self._process.stdin is not None:
            self._process.stdin.close()
            self._process.stdin = None  # else ``end`` would flush it

    def close(self) -> None:
        """End it at once."""
        end(self._process, self._guard)


class Clients:
    """All clients, as the one load that the supervisor knows.

    queues_are_empty: whether nothing is left that a client sent twice, and got an outcome of already.
    """

    def __init__(self, clients: Sequence[Client], queues_are_empty: Callable[[], bool]) -> None:
        self._clients = clients
        self._queues_are_empty = queues_are_empty
        self._stopped_at: float | None = None

    def stop(self) -> None:
        """Have each submit nothing more."""
        self._stopped_at = self._stopped_at or time.monotonic()
        for client in self._clients:
            client.stop()

    def has_ended(self) -> bool:
        """Return whether all have ended and the queues are empty, or it is not so in time."""
        late = self._stopped_at is not None and time.monotonic() - self._stopped_at > END_S
        return late or (all(client.has_ended() for client in self._clients) and self._queues_are_empty())
