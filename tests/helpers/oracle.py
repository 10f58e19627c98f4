# Run by pytest (Python 3.9 upward).
"""A client of the workers, and the oracle over what it gets: nothing lost, nothing delivered twice."""

from __future__ import annotations

import collections
import time
from pathlib import Path
from typing import Any

from tests.helpers.zeromq_workers import Workers
from transports import session


def connect(workers: Workers, addresses: list[str], count: int | None = None) -> Any:
    client = session.connect(f"{workers.scheme}:{','.join(addresses)}").open()
    client.wait_for_workers(len(addresses) if count is None else count)
    return client


def submit(client: Any, count: int, log: Path, seconds: float) -> dict[str, Any]:
    return {client.submit("mark", [str(log), number, seconds], deadline_s=20): number for number in range(count)}


def collect(client: Any, count: int, timeout_s: float, meanwhile: Any = lambda found: None) -> list[Any]:
    found: list[Any] = []
    until = time.monotonic() + timeout_s
    while len(found) < count and time.monotonic() < until:
        found += client.poll(0.02)
        meanwhile(found)
    return found


def check_oracle(client: Any, submitted: dict[str, Any], found: list[Any]) -> None:
    """submitted = ok + errors, each once, results as they must be."""
    again = client.poll(0.3)
    seen = collections.Counter(outcome.id for outcome in [*found, *again])
    lost = set(submitted) - set(seen)
    twice = [identity for identity, count in seen.items() if count > 1]
    unexpected = set(seen) - set(submitted)
    assert (len(lost), len(twice), len(unexpected)) == (0, 0, 0), (client.counts, client.problems)
    wrong = [outcome for outcome in found if outcome.error is None and outcome.result != submitted[outcome.id]]
    assert not wrong
