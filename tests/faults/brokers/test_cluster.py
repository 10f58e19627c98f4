# Run by pytest (Python 3.9 upward). Starts three real RabbitMQ nodes, and kills, stops and restarts them.
"""Clients and workers outlive what may happen to a cluster, by themselves, and no task is lost."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator

import psutil
import pytest
from rich.console import Console

from runoff.benchmarks.cluster import faults, measure
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.services import rabbitmq, rabbitmq_node
from runoff.services.rabbitmq_cluster import Cluster
from tests.helpers.environments import running_environment
from tests.helpers.expected import needs_rabbitmq

pytestmark = needs_rabbitmq


def each_in_turn(cluster: Cluster, queue: str) -> None:
    """Make every fault but the rolling restart, which is the restart of one node three times."""
    for fault in faults.FAULTS:
        if fault.name != "rolling restart":
            fault.strike(cluster, queue)
            cluster.wait_until_whole([queue])


#: One client and its workers live through all of it: to start others for each would take longer than the faults do.
EACH = faults.Fault("each fault in turn", each_in_turn, 0.0)


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    guard = Guard()
    yield guard
    guard.close()


def test_every_fault_of_a_cluster_is_outlived_and_nothing_is_left_of_it(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faults, "CUT_S", 5.0)
    monkeypatch.setattr(measure, "EVERY_MS", 100.0)  # three nodes that start have little to spare for four clients
    monkeypatch.setattr(measure, "RAW_S", 1.0)  # what becomes of a raw client is nothing that can fail
    found = rabbitmq.obtain("cluster", guard, False, lambda line: None)
    assert isinstance(found, rabbitmq.Broker)
    cluster = found.cluster
    assert cluster is not None
    pids, folders = cluster.pids, [node.folder for node in cluster.nodes]
    assert len(pids) == 4, "three nodes and one name server for all"
    began = time.monotonic()
    try:
        assert rabbitmq.refusal(found.client) is None
        rows = measure.measure(cluster, running_environment(), [EACH], guard, lambda line: None)
        took_s = time.monotonic() - began
    finally:
        found.close()
    (row,) = rows
    assert (row.ours.lost, row.ours.twice, row.errors, row.outlived) == (0, 0, {}, measure.WORKERS)
    assert row.ours.submitted * measure.EVERY_MS / 1000 > took_s / 3, "the load lasted as long as the faults"
    assert row.gap_s > row.usual_s > 0
    assert [pid for pid in pids if psutil.pid_exists(pid)] == []
    assert [folder for folder in folders if folder.exists()] == []
    output = io.StringIO()
    Console(file=output, width=160).print(measure.table("here", rows))
    assert EACH.name in output.getvalue()


def test_a_cluster_that_does_not_start_leaves_nothing_and_says_why(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rabbitmq_node, "READY_WITHIN_S", 0.0)
    with pytest.raises(BadInput, match="the private cluster did not start: .*; name a broker instead"):
        rabbitmq.obtain("cluster", guard, False, lambda line: None)
    assert psutil.Process(guard._process.pid).is_running()
