# Run by pytest (Python 3.9 upward). Real workers with an event loop, over a wire and through a broker.
"""Workers of kind async: coroutines wait together, and one that fails, is cancelled or is overdue harms no other."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runoff.common.paths import ROOT
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.oracle import collect
from transports import session
from transports.worker import DRAINED

zmq = pytest.importorskip("zmq")


class Running:
    """A worker, and a client of it."""

    def __init__(self, worker_url: str, client_url: str, log: Path, concurrency: int) -> None:
        self.log = log
        command = [sys.executable, "-m", "transports.worker", worker_url, "--kind", "async"]
        command += ["--concurrency", str(concurrency), "--tasks", "tests.faults.async_tasks"]
        with log.open("w") as stderr:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=stderr, text=True)
        assert self.process.stdout is not None
        where = self.process.stdout.readline().split()[1].partition("://")[2]
        self.client: Any = session.connect(client_url.format(where=where)).open()
        self.client.wait_for_workers()

    def one(self, name: str, *args: Any, **options: Any) -> Any:
        """Its outcome."""
        self.client.submit(name, args, **options)
        (outcome,) = collect(self.client, 1, 10)
        return outcome

    def drain(self) -> int:
        self.process.terminate()
        return self.process.wait(10)


@pytest.fixture(params=["zmq+tcp", pytest.param("amqp", marks=needs_rabbitmq)])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """A function: so many at once -> Running."""
    made: list[Running] = []

    def start(concurrency: int = 50) -> Running:
        # A worker of a busy machine is silent for longer than 0.3 s, and one that drains takes no client again.
        urls = ["zmq+tcp:127.0.0.1:*", "zmq+tcp:{where}?heartbeat=10"]
        if request.param == "amqp":
            node, queue = request.getfixturevalue("node"), request.getfixturevalue("queue")
            urls = [f"{node.url(role)}?queue={queue}" for role in ("worker", "client")]
            session.connect(urls[1]).open().close()
        made.append(Running(*urls, tmp_path / "log", concurrency))
        return made[-1]

    yield start
    for each in made:
        try:
            if each.process.poll() is None:
                assert each.drain() == DRAINED
            assert "Traceback" not in each.log.read_text()
        finally:
            each.process.kill()
            each.process.communicate()
            each.client.close()


def test_fifty_coroutines_wait_at_once(start: Any) -> None:
    """Not one of them ends before all have begun."""
    assert start().client.map("meet", [(50, 0.2)] * 50, deadline_s=20) == [50] * 50


def test_no_more_are_under_way_than_it_may_have_at_once(start: Any) -> None:
    reports = start(concurrency=3).client.map("sleep", [(0.01,)] * 60, deadline_s=20)
    assert max(reports) == 3


def test_a_deadline_ends_the_work_and_not_the_worker(start: Any, tmp_path: Path) -> None:
    running = start()
    began = time.monotonic()
    error = running.one("mark_the_end", str(tmp_path / "mark"), 30, deadline_s=0.5).error
    assert time.monotonic() - began < 10, "and not the thirty seconds of the work"
    assert error["code"] == "E_DEADLINE"
    assert became(tmp_path / "mark", "cancelled")
    assert running.one("add", 1).result == 2


def test_a_cancelled_coroutine_ends(start: Any, tmp_path: Path) -> None:
    running = start()
    told = running.client.wire.greets  # a queue carries tasks alone: there the work goes on, unheard
    identity = running.client.submit("mark_the_end", [str(tmp_path / "mark"), 30 if told else 2])
    assert became(tmp_path / "mark", "begun", running.client)
    running.client.cancel(identity)
    (outcome,) = collect(running.client, 1, 5)
    assert outcome.error["code"] == "E_CANCELLED"
    assert became(tmp_path / "mark", "cancelled" if told else "over", running.client)
    assert running.one("add", 1).result == 2


def became(path: Path, text: str, client: Any = None) -> bool:
    until = time.monotonic() + 10
    while time.monotonic() < until and not (path.exists() and path.read_text() == text):
        if client is not None:
            assert client.poll(0.05) == []
        time.sleep(0.01)
    return path.read_text() == text


def test_what_a_coroutine_raises_is_an_outcome(start: Any) -> None:
    running = start()
    assert running.one("add", 1, 2).result == 3
    assert running.one("plain", 4).result == 4
    for name, args, expected in (
        ("add", [], ("E_BAD_ARGS", "TypeError")),
        ("plain", [], ("E_BAD_ARGS", "TypeError")),
        ("concatenate", ["x"], ("E_TASK", "TypeError")),
        ("leave", [3], ("E_TASK", "SystemExit")),
        ("cancel_itself", [], ("E_TASK", "CancelledError")),
    ):
        error = running.one(name, *args, deadline_s=5).error
        assert (error["code"], error.get("type")) == expected, name
    assert running.one("add", 5).result == 6


def test_terminate_lets_running_coroutines_end(start: Any, tmp_path: Path) -> None:
    running = start()
    marks = [tmp_path / f"mark{number}" for number in range(5)]
    for mark in marks:
        running.client.submit("mark_the_end", [str(mark), 1.0])
    assert all(became(mark, "begun", running.client) for mark in marks)
    running.process.terminate()
    assert [outcome.error for outcome in collect(running.client, 5, 10)] == [None] * 5
    assert running.process.wait(10) == DRAINED
    assert [mark.read_text() for mark in marks] == ["over"] * 5
