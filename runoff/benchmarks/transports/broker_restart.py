# Run by the driver (Python 3.9 upward).
"""How soon a broker that was killed and started again is of use: from its being ready to the first result."""

from __future__ import annotations

import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from typing import Callable

from runoff.common.errors import BadInput
from runoff.services.rabbitmq_node import Node

#: A quorum queue that is younger does not survive (docs/amqp.md); and what is under way shall be many tasks.
RUN_S = 2.0
FIRST_S = 60.0  # for the first result after a start
END_S = 90.0  # for the outcomes of all that is under way in the end


@dataclass(frozen=True)
class Ridden:
    """Milliseconds from ready to the first result, one for each restart; then what became of the tasks."""

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


def ride(node: Node, client: subprocess.Popen[str], restarts: int, say: Callable[[str], None]) -> Ridden:
    """``client``: contenders.steady_trickle, with a worker there. Kills and starts ``node`` so often, then ends the
    client."""
    lines: list[str] = []
    reader = threading.Thread(target=_read, args=(client, lines), daemon=True)
    reader.start()
    ready_at = []
    _await_result(lines, reader, 0.0)  # a busy machine takes its time to start a client
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
    client.stdin = None  # a communicate() of whoever started it would flush it
    reader.join(END_S)
    client.wait(END_S)
    submitted, ok, twice = (int(word) for word in lines[-1].split())
    times = [1000 * (next(moment for moment in _results(lines) if moment > ready) - ready) for ready in ready_at]
    return Ridden(times, submitted, ok, twice)


def _read(client: subprocess.Popen[str], lines: list[str]) -> None:
    assert client.stdout is not None
    for line in client.stdout:
        lines.append(line.strip())


def _results(lines: list[str]) -> list[float]:
    return [float(line.split()[0]) for line in lines if line.endswith(" ok")]


def _await_result(lines: list[str], reader: threading.Thread, after: float) -> None:
    """Until a result came that is later than ``after``."""
    until = time.monotonic() + FIRST_S
    while not any(moment > after for moment in _results(lines)):
        if time.monotonic() > until or not reader.is_alive():
            raise BadInput("no result came after the broker had been started" + (" again" if after else ""))
        time.sleep(0.02)
