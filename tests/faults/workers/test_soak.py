# Run by pytest (Python 3.9 upward). Real workers and a real broker under real faults, and the oracle over their tasks.
"""A minute of soak with a fixed seed: every kind of fault, and every task one outcome."""

from __future__ import annotations

import dataclasses
import io

import pytest
from rich.console import Console

from runoff.benchmarks.soak import run, table
from runoff.benchmarks.soak.faults import KINDS
from runoff.common.errors import OK
from runoff.common.guard import Guard
from runoff.common.progress import Progress
from runoff.running.supervisor import Requests
from tests.helpers.environments import running_environment
from tests.helpers.expected import needs_rabbitmq

pytest.importorskip("msgpack")
#: With this seed each kind comes in time, the broker's early. The faults are as frequent as by default.
PLAN = run.Plan(seconds=60.0, per_minute=6.0, seed=16)


@needs_rabbitmq
def test_a_soak_with_each_kind_of_fault_loses_nothing_and_leaves_nothing() -> None:
    words = {"pika", "zmq", "fcntl", "threads", "asyncio", "msgpack"}
    here = dataclasses.replace(running_environment(), capabilities=frozenset(words))
    guard = Guard()
    output = io.StringIO()
    requests = Requests()
    try:
        with requests.heard(), Progress(Console(file=output, width=160)) as progress:
            report = run.run(PLAN, [here], guard, False, progress, requests)
    finally:
        guard.close()
    assert (report.code, report.broken) == (OK, []), report.said
    assert set(report.faults) == {kind.name for kind in KINDS}
    assert all(each.submitted > 100 for each in report.counts.values())
    assert sum(each.again for each in report.begins.values()) > 0, "a killed worker's tasks are run again"
    assert report.restarts >= report.faults["worker killed"]
    assert "ETA" in output.getvalue()
    assert len(table.tables(report)) == 2
