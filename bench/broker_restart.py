# Run by the driver (Python 3.9 upward).
"""How soon a broker that was killed and started again is of use: from its being ready to the first result."""

from __future__ import annotations

import statistics
import subprocess
import time
from dataclasses import dataclass
from typing import Callable

from bench.broker_node import Node
from bench.errors import BadInput

#: A quorum queue that is younger does not survive (docs/amqp.md); and what is under way shall be many tasks.
RUN_S = 2.0


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
    """``client``: transports.riding, with a worker there. Kills and starts ``node`` so often, then ends the client."""
    ready_at = []
    time.sleep(RUN_S)
    for number in range(restarts):
        say(f"broker killed, {number + 1} of {restarts}  ETA {8 * (restarts - number)} s")
        node.kill()
        node.start()
        ready_at.append(time.time())
        time.sleep(RUN_S)
    said, _ = client.communicate("", timeout=90)
    *lines, last = said.split("\n")[:-1]
    submitted, ok, twice = (int(word) for word in last.split())
    came = [float(line.split()[0]) for line in lines if line.endswith(" ok")]
    times = []
    for ready in ready_at:
        first = next((moment for moment in came if moment > ready), None)
        if first is None:
            raise BadInput("no result came after the broker had been started again")
        times.append(1000 * (first - ready))
    return Ridden(times, submitted, ok, twice)
