# Run by the driver (Python 3.9 upward).
"""Read what a worker tells of itself at its status address."""

from __future__ import annotations

import http.client
import urllib.request
from collections import defaultdict
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

#: Outcomes that are no errors: another worker, or another attempt, brings the task's own.
NO_ERROR = ("ok", "retry", "released")
TIMEOUT_S = 1.0


@dataclass(frozen=True)
class Reading:
    """One look at a worker. ``ended`` and ``errors`` count since it was started; the memory is None where unknown."""

    live: bool
    ready: bool
    ended: int
    errors: int
    in_flight: int
    memory_bytes: int | None


def read(address: str) -> Reading | None:
    """Read the metrics of the worker whose status is at ``address`` (HOST:PORT); None where it does not answer."""
    try:
        with urllib.request.urlopen(f"http://{address}/metrics", timeout=TIMEOUT_S) as response:
            return parsed(response.read().decode())
    except (OSError, http.client.HTTPException, ValueError):
        return None


def parsed(text: str) -> Reading:
    """Return what a page of metrics says."""
    sums: dict[str, float] = defaultdict(float)
    errors = 0.0
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            sums[sample.name] += sample.value
            if sample.name == "runoff_tasks_total" and sample.labels["outcome"] not in NO_ERROR:
                errors += sample.value
    memory = sums.get("runoff_worker_memory_bytes")
    return Reading(
        live=bool(sums["runoff_worker_live"]),
        ready=bool(sums["runoff_worker_ready"]),
        ended=int(sums["runoff_tasks_total"]),
        errors=int(errors),
        in_flight=int(sums["runoff_tasks_in_flight"]),
        memory_bytes=None if memory is None else int(memory),
    )
