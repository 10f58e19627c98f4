# Run by the driver (Python 3.9 upward).
"""How soon a restarted broker works again: the time from its being ready to the first result."""

from __future__ import annotations

import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import Callable

from runoff.common.errors import BadInput
from runoff.services.rabbitmq_node import Node

#: Between restarts: a younger quorum queue does not survive (docs/amqp.md), and many tasks must be in flight.
RUN_S = 2.0
FIRST_S = 60.0  # timeout for the first result after a start
END_S = 90.0  # timeout for the last outcomes


@dataclass(frozen=True)
class RestartReport:
    """Milliseconds from ready to the first result, one for each restart, and the counts of the tasks."""

    after_ready_ms: list[float]
    submitted: int
    ok: int
    twice: int

    def __str__(self) -> str:
        times = self.after_ready_ms
        return (
            f"broker killed and started again {len(times)} times: first result {statistics.median(times):.0f} ms after "
            f"it was ready (median; worst {max(times):.0f} ms); of {self.submitted} tasks lost "
            f"{self.submitted - self.ok}, delivered twice {self.twice}"
        )


def measure(node: Node, client: subprocess.Popen[str], restarts: int, say: Callable[[str], None]) -> RestartReport:
    """Kill and start ``node`` ``restarts`` times under load, then end the client.

    ``client`` runs contenders.steady_trickle, and a worker serves it. Raise BadInput where no result comes in time.
    """
    lines: list[str] = []
    reader = threading.Thread(target=_read, args=(client, lines), daemon=True)
    reader.start()
    ready_at = []
    _await_result(lines, reader, 0.0)  # a busy machine starts a client slowly
    time.sleep(RUN_S)
    for number in range(restarts):
        say(f"broker killed, {number + 1} of {restarts}  ETA {8 * (restarts - number)} s")
        node.kill()
        node.start()
        ready_at.append(time.time())
        _await_result(lines, reader, ready_at[-1])
        time.sleep(RUN_S)
    assert client.stdin is not None
    client.stdin.close()
    client.stdin = None  # else communicate() of its starter would flush it
    reader.join(END_S)
    client.wait(END_S)
    submitted, ok, twice = (int(word) for word in lines[-1].split())
    times = [1000 * (next(moment for moment in _results(lines) if moment > ready) - ready) for ready in ready_at]
    return RestartReport(times, submitted, ok, twice)


def _read(client: subprocess.Popen[str], lines: list[str]) -> None:
    assert client.stdout is not None
    for line in client.stdout:
        lines.append(line.strip())


def _results(lines: list[str]) -> list[float]:
    return [float(line.split()[0]) for line in lines if line.endswith(" ok")]


def _await_result(lines: list[str], reader: threading.Thread, after: float) -> None:
    """Wait for a result later than ``after``; raise BadInput after FIRST_S, or when the client ended."""
    deadline = time.monotonic() + FIRST_S
    while not any(moment > after for moment in _results(lines)):
        if time.monotonic() > deadline or not reader.is_alive():
            raise BadInput("no result came after the broker had been started" + (" again" if after else ""))
        time.sleep(0.02)
