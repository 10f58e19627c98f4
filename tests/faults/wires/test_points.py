# Run by pytest (Python 3.9 upward). Real workers that kill themselves at a point, or lie, over ZeroMQ.
"""SIGKILL at points of a task's life that nobody outside can hit, and replies doubled, reordered and unasked for.

tests/faults/brokers/test_workers_killed.py does the same through a broker.
"""

from __future__ import annotations

import collections
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runoff.common.paths import ROOT

pytest.importorskip("zmq")
from tests.helpers.oracle import check_oracle, collect
from transports import session

TASKS = 1000


class Dying:
    """Workers of dying_worker.py at addresses of one kind; all are gone when the test is."""

    def __init__(self, scheme: str, folder: Path) -> None:
        self.scheme, self.folder = scheme, folder
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *point: str) -> str:
        """The new worker's address."""
        where = str(self.folder / str(len(self.running))) if self.scheme == "zmq+ipc" else "127.0.0.1:*"
        command = [sys.executable, "-m", "tests.faults.dying_worker", f"{self.scheme}:{where}", *point]
        worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.running.append(worker)
        assert worker.stdout is not None
        return worker.stdout.readline().split()[1].partition("://")[2]

    def kill(self) -> None:
        for worker in self.running:
            worker.kill()
            worker.communicate()


@pytest.fixture(params=["zmq+ipc", "zmq+tcp"])
def dying(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Dying]:
    tmp_path.chmod(0o700)
    dying = Dying(request.param, tmp_path)
    yield dying
    dying.kill()


@pytest.mark.parametrize("point", ["received", "working", "worked", "replied"])
def test_a_worker_killed_at_any_point_loses_no_task(dying: Dying, point: str) -> None:
    """Two of three, in the middle of tasks of a millisecond: the third answers what they leave."""
    addresses = [dying.start(point, "5"), dying.start(point, "9"), dying.start()]
    with session.connect(f"{dying.scheme}:{','.join(addresses)}") as client:
        client.wait_for_workers(3)
        submitted = {client.submit("slow", [number], deadline_s=20): number for number in range(TASKS)}
        found = collect(client, TASKS, 21)
        check_oracle(client, submitted, found)
        assert not [outcome for outcome in found if outcome.error]
        assert [worker.wait(10) for worker in dying.running[:2]] == [-signal.SIGKILL] * 2
        # After the reply nothing has to be sent again where the whole frame got out; before it something always has.
        assert client.counts["resent"] > 0 or point == "replied"
        assert client.counts["resent"] < TASKS


def test_replies_doubled_reordered_and_unasked_for_change_nothing(dying: Dying) -> None:
    with session.connect(f"{dying.scheme}:{dying.start('lying', '0')}") as client:
        client.wait_for_workers()
        submitted, found = {}, []
        for number in range(TASKS):
            submitted[client.submit("noop", [number], deadline_s=20)] = number
            if number % 10 == 0:
                found += client.poll(0.0)
        found += collect(client, TASKS - len(found), 21)
        check_oracle(client, submitted, found)
        assert not [outcome for outcome in found if outcome.error]
        counts = collections.Counter(client.counts)
        assert counts["doubled"] > TASKS / 2
        assert counts["unknown"] > 3
        assert counts["refused"] == 2 * counts["unknown"]
        assert counts["sent"] == TASKS
