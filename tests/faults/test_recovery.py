# Run by pytest (Python 3.9 upward). Real workers and a real broker, really killed.
"""What bench-transports measures of recovery: each kill has its time, and nothing is lost or delivered twice."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from bench import broker_node, broker_restart
from tests.conftest import ROOT, needs_rabbitmq

KILLS = 2


def recovered(*module: str) -> dict[str, float]:
    command = [sys.executable, "-m", *module, "--kills", str(KILLS)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=90)
    assert run.returncode == 0, run.stderr
    return dict(json.loads(run.stdout))


def check(line: dict[str, float]) -> None:
    assert (line["kills"], line["lost"], line["twice"]) == (KILLS, 0, 0)
    assert line["tasks"] > 0
    assert 0 < line["median_ms"] <= line["worst_ms"] < 10_000  # far above what it takes: machines that test are busy


@pytest.mark.parametrize("scheme", ["zmq+ipc", "zmq+tcp"])
def test_a_killed_workers_tasks_are_answered_by_the_other(scheme: str, tmp_path: Path) -> None:
    line = recovered("transports.killing", scheme, str(tmp_path))
    check(line)
    assert line["resent"] > 0


@needs_rabbitmq
def test_over_a_broker_the_task_that_the_victim_was_at_is_answered_by_the_other(
    node: broker_node.Node, tmp_path: Path
) -> None:
    check(recovered("transports.killing_amqp", node.url("client"), node.url("worker"), str(tmp_path)))


@needs_rabbitmq
def test_a_client_and_a_worker_outlive_their_brokers_restart(node: broker_node.Node) -> None:
    def started(module: str, url: str, *more: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", module, f"{url}?queue=restart", *more],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        leaving.callback(process.communicate)
        leaving.callback(process.kill)
        return process

    with ExitStack() as leaving:
        started("transports.worker", node.url("worker"), "--kind", "thread")
        client = started("transports.riding", node.url("client"))
        ridden = broker_restart.ride(node, client, 1, lambda line: None)
    assert len(ridden.after_ready_ms) == 1
    assert ridden.submitted > 100
    assert (ridden.ok, ridden.twice) == (ridden.submitted, 0)
