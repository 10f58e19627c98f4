# Run by pytest (Python 3.9 upward). Real workers, started anew whenever a task has ended them.
"""A task that ends every worker which runs it takes no other task along."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runoff.common.paths import ROOT
from tests.faults.hostile_worker import AmqpStranger, pack
from tests.helpers.expected import needs_rabbitmq
from transports import session

zmq = pytest.importorskip("zmq")

KINDS = ("thread", "process", "async")
#: Once fresh and once more, for each of the two attempts that are not isolated from the start.
MOST_DEATHS_A_POISON = 4


class Supervised:
    """A worker that is started again as soon as it has ended."""

    def __init__(self, url: str, kind: str, log: Path) -> None:
        self.deaths = 0
        self._log = log.open("w")
        self._command = [sys.executable, "-m", "transports.worker", url, "--kind", kind]
        self._command += ["--tasks", "tests.inside.remote_tasks"]
        self._over = False
        self._start()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=self._log)

    def _watch(self) -> None:
        while not self._over:
            if self._process.poll() is not None:
                self.deaths += 1
                self._start()
            time.sleep(0.02)

    def close(self) -> None:
        self._over = True
        self._thread.join()
        self._process.kill()
        self._process.wait()
        self._log.close()


@pytest.fixture
def supervise(tmp_path: Path) -> Iterator[Any]:
    made: list[Supervised] = []

    def start(url: str, kind: str) -> Supervised:
        made.append(Supervised(url, kind, tmp_path / f"log{len(made)}"))
        return made[-1]

    yield start
    for supervised in made:
        supervised.close()


def poison(number: int) -> dict[str, Any]:
    return {"id": f"poison{number}", "name": "leave" if number % 2 else "crash", "args": [3] if number % 2 else []}


def neighbour(number: int) -> dict[str, Any]:
    return {"id": f"good{number}", "name": "noop", "args": [number]}


@needs_rabbitmq
@pytest.mark.parametrize("poisons", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_over_a_durable_queue_and_without_a_client_that_tries_again(
    node: Any, queue: str, supervise: Any, kind: str, poisons: int
) -> None:
    """Neighbours in the poison's frame, before it, behind it, and between one and the next: each is answered."""
    with session.connect(f"{node.url('client')}?queue={queue}") as client:
        client.wait_for_workers(1)  # the queue is there
        stranger = AmqpStranger(node.url("admin"), [client.wire.task_queue])
        good = iter(range(1000))
        frames = [[neighbour(next(good))] for _ in range(2)]
        for number in range(poisons):
            frames.append([neighbour(next(good)), poison(number), neighbour(next(good))])
            frames += [[neighbour(next(good))] for _ in range(6)]
        for tasks in frames:
            stranger.send(pack({"v": 1, "kind": "tasks", "client": "c", "tasks": tasks}, "json"))
        supervised = supervise(f"{node.url('worker')}?queue={queue}", kind)
        count = next(good)
        results: dict[str, Any] = {}
        until = time.monotonic() + 60
        while len(results) < count + poisons and time.monotonic() < until:
            found, refused = stranger.results(1, 1.0)
            assert not refused
            results.update((item["id"], item) for item in found)
        assert len(results) == count + poisons, sorted(results)
        assert [results[f"good{number}"]["result"] for number in range(count)] == list(range(count))
        for number in range(poisons):
            assert results[f"poison{number}"]["status"] == "retry"
            assert results[f"poison{number}"]["error"]["code"] == "E_WORKER_LOST"
        assert supervised.deaths <= poisons * MOST_DEATHS_A_POISON
        assert (supervised.deaths == 0) == (kind == "process")
        stranger.close()


@pytest.mark.parametrize("wire", ["zmq", pytest.param("amqp", marks=needs_rabbitmq)])
@pytest.mark.parametrize("kind", ["thread", "async"])
def test_a_client_gets_the_error_of_the_one_and_the_results_of_the_others(
    request: pytest.FixtureRequest, supervise: Any, tmp_path: Path, wire: str, kind: str
) -> None:
    if wire == "zmq":
        tmp_path.chmod(0o700)
        client_url = worker_url = f"zmq+ipc:{tmp_path}/w"
    else:
        node, queue = request.getfixturevalue("node"), request.getfixturevalue("queue")
        client_url, worker_url = (f"{node.url(role)}?queue={queue}" for role in ("client", "worker"))
    with session.connect(client_url) as client:
        if wire == "amqp":
            client.wait_for_workers(1)
        supervised = supervise(worker_url, kind)
        client.wait_for_workers(1)
        good = {client.submit("noop", [number], deadline_s=50): number for number in range(50)}
        bad = client.submit("crash", deadline_s=50)
        good.update({client.submit("noop", [number], deadline_s=50): number for number in range(50, 100)})
        outcomes: dict[str, Any] = {}
        until = time.monotonic() + 50
        while len(outcomes) < 101 and time.monotonic() < until:
            outcomes.update((outcome.id, outcome) for outcome in client.poll(0.2))
        assert outcomes.pop(bad).error["code"] == "E_WORKER_LOST"
        assert {identity: outcome.result for identity, outcome in outcomes.items()} == good
        assert 0 < supervised.deaths <= MOST_DEATHS_A_POISON
