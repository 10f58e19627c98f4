# Run by pytest (Python 3.9 upward). Real workers and a real broker, really killed.
"""What bench-transports measures of recovery: each kill has its time, and nothing is lost or delivered twice."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from runoff.benchmarks.transports import broker_restart, worker_restart
from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.driver.invoke import invoke
from runoff.records import record
from runoff.services import rabbitmq_node
from tests.helpers import runs
from tests.helpers.environments import running_environment
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import broker_of

pytestmark = pytest.mark.own_broker("it is restarted")

KILLS = 2


def killed(scheme: str, folder: Path, secrets: dict[str, tuple[str, str]]) -> record.Record:
    """What the driver's own interpreter makes of two kills."""
    guard = Guard()
    try:
        return invoke(worker_restart.job(running_environment(), KILLS, scheme, secrets), folder, guard)
    finally:
        guard.close()


def check(got: record.Record) -> None:
    assert (got["status"], got["reason"]) == ("ok", None)
    kills = got["kills"]
    assert (kills["killed"], kills["lost"], kills["twice"]) == (KILLS, 0, 0)
    assert all(4e6 < gap < 10e9 for gap in kills["gaps_ns"])  # the task done again; machines that test are busy
    assert max(map(sum, kills["timeline"])) > 0
    assert len(got["worker_answers"]) == 2
    assert sum(got["worker_answers"]) == got["checked"]
    assert f"killed {KILLS} times" in worker_restart.line("here", kills, 20.0)


@pytest.mark.parametrize("scheme", ["zmq+ipc", "zmq+tcp"])
def test_a_killed_workers_tasks_are_answered_by_the_other(scheme: str, tmp_path: Path) -> None:
    got = killed(scheme, tmp_path, {})
    check(got)
    assert got["kills"]["resent"] > 0


@needs_rabbitmq
def test_over_a_broker_the_task_that_the_victim_was_at_is_answered_by_the_other(
    node: rabbitmq_node.Node, tmp_path: Path
) -> None:
    with broker_of(node).queue() as secrets:
        check(killed("amqp", tmp_path, secrets))


def test_the_line_says_whether_the_aim_was_reached() -> None:
    kills = runs.kills(10, 12, 31, lost=1)
    text = worker_restart.line("cpython-3.13, zmq+tcp", kills, 20.0)
    assert "killed 3 times at half load: next result of its tasks after 12.0 ms (median; worst 31.0 ms" in text
    assert "aim 20 ms: reached" in text
    assert "of 900 tasks lost 1, delivered twice 0, run again 3" in text
    assert "aim 11 ms: missed" in worker_restart.line("", kills, 11.0)


@needs_rabbitmq
def test_a_client_and_a_worker_outlive_their_brokers_restart(node: rabbitmq_node.Node) -> None:
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
        client = started("contenders.steady.trickle", node.url("client"))
        report = broker_restart.measure(node, client, 1, lambda line: None)
    assert len(report.after_ready_ms) == 1
    assert report.counts.submitted > 100
    assert (report.counts.lost, report.counts.twice) == (0, 0)
