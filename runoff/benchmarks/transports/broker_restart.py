# Run by the driver (Python 3.9 upward).
"""How soon a restarted broker works again: the time from its being ready to the first result."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

from runoff.benchmarks.transports.trickle import Trickle, TrickleCounts
from runoff.services.rabbitmq_node import Node

#: Before the first restart: a younger quorum queue does not survive (docs/amqp.md).
OLD_S = 6.0
RUN_S = 2.0  # between restarts: many tasks must be in flight
FIRST_S = 60.0  # timeout for the first result after a start


@dataclass(frozen=True)
class RestartReport:
    """Milliseconds from ready to the first result, one for each restart, and the counts of the tasks."""

    after_ready_ms: list[float]
    counts: TrickleCounts

    def __str__(self) -> str:
        times = self.after_ready_ms
        return (
            f"broker killed and started again {len(times)} times: first result {statistics.median(times):.0f} ms after "
            f"it was ready (median; worst {max(times):.0f} ms); of {self.counts.submitted} tasks lost "
            f"{self.counts.lost}, delivered twice {self.counts.twice}"
        )


def measure(node: Node, client: subprocess.Popen[str], restarts: int, say: Callable[[str], None]) -> RestartReport:
    """Kill and start ``node`` ``restarts`` times under load, then end the client.

    ``client`` runs contenders.steady.trickle, and a worker serves it. Raise BadInput where no result comes in time.
    """
    trickle = Trickle(client)
    trickle.wait_for_result(0.0, FIRST_S, "the broker had been started")  # a busy machine starts a client slowly
    time.sleep(OLD_S)
    after_ready_ms = []
    for number in range(restarts):
        say(f"broker killed, {number + 1} of {restarts}  ETA {8 * (restarts - number)} s")
        node.kill()
        node.start()
        ready = time.time()
        first = trickle.wait_for_result(ready, FIRST_S, "the broker had been started again")
        after_ready_ms.append(1000 * (first - ready))
        time.sleep(RUN_S)
    return RestartReport(after_ready_ms, trickle.finish())
