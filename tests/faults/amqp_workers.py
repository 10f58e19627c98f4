# Run by pytest (Python 3.9 upward).
"""Workers that take from a queue of RabbitMQ, and the oracle over what comes back to a client."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections import Counter

from runoff.common.paths import ROOT
from runoff.services import rabbitmq_node
from tests.helpers.private_broker import channel_to
from tests.helpers.zeromq_workers import TASKS
from transports import session

#: Later than its deadline by at most this is an outcome in time (the promise).
GRACE_S = 1.0


class Workers:
    """Processes that take from one queue; all are gone when the test is."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *point: str) -> subprocess.Popen[str]:
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.dying_worker", self.url, *point],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.running.append(worker)
        assert worker.stdout is not None
        assert worker.stdout.readline().startswith("ready")
        return worker

    def kill(self) -> None:
        while self.running:
            worker = self.running.pop()
            worker.kill()
            worker.communicate()


class Oracle:
    """Counts what was submitted and what came back; ``check`` is what every test ends in."""

    def __init__(self, client: session.Session) -> None:
        self.client = client
        self.asked: dict[str, tuple[int, float]] = {}
        self.outcomes: list[session.Outcome] = []
        self.late: list[float] = []

    def submit(self, numbers: range, task: str = "noop", deadline_s: float = 60.0, **options: object) -> None:
        for number in numbers:
            identity = self.client.submit(task, (number,), deadline_s=deadline_s, **options)
            self.asked[identity] = (number, time.monotonic() + deadline_s)

    def collect(self, count: int, within_s: float = 60.0) -> None:
        """Poll until ``count`` outcomes are there in all."""
        until = time.monotonic() + within_s
        while len(self.outcomes) < count and time.monotonic() < until:
            for outcome in self.client.poll(0.1):
                self.outcomes.append(outcome)
                lateness = time.monotonic() - self.asked[outcome.id][1]
                if lateness > GRACE_S:
                    self.late.append(lateness)

    def check(self, errors: dict[str, int] | None = None) -> None:
        """lost 0, twice 0, unexpected 0, late 0, every result right, and exactly these errors."""
        self.collect(len(self.asked))
        self.client.poll(0.2)  # a second result of a task would come now
        seen = Counter(outcome.id for outcome in self.outcomes)
        assert set(self.asked) - set(seen) == set(), "lost"
        assert [identity for identity, times in seen.items() if times > 1] == [], "delivered twice"
        assert set(seen) - set(self.asked) == set(), "unexpected"
        assert self.late == []
        wrong = [o for o in self.outcomes if o.error is None and o.result != self.asked[o.id][0]]
        assert wrong == []
        assert Counter(o.error["code"] for o in self.outcomes if o.error is not None) == Counter(errors or {})
        assert self.client.pending() == 0


def left_in(node: rabbitmq_node.Node, queue: str) -> int:
    """Messages in ``queue`` after its last worker has gone: what it held and had not settled is among them again.

    While one is there, those that it holds are not counted.
    """
    with channel_to(node) as channel:
        until = time.monotonic() + 10
        while channel.queue_declare(queue, passive=True).method.consumer_count:
            assert time.monotonic() < until, "somebody still takes from it"
            time.sleep(0.05)
        time.sleep(0.5)  # a worker that drained was no consumer any more before its channel was closed
        return int(channel.queue_declare(queue, passive=True).method.message_count)


def delete(node: rabbitmq_node.Node, queue: str) -> None:
    with channel_to(node) as channel:
        channel.queue_delete(queue)


def feed_until_dead(oracle: Oracle, dying: list[subprocess.Popen[str]]) -> None:
    """Quick neighbours may have left a worker fewer frames than it takes to die."""
    until = time.monotonic() + 20
    while any(each.poll() is None for each in dying) and time.monotonic() < until:
        oracle.submit(range(100))
        oracle.check()
    assert [each.wait(1) for each in dying] == [-signal.SIGKILL] * 2


def keep_one_running(workers: Workers, stop: threading.Event, killed: Counter[int | None]) -> None:
    """As a supervisor does, until ``stop``; ``killed`` counts how they ended."""
    while not stop.is_set():
        worker = workers.start()
        while worker.poll() is None and not stop.wait(0.02):
            pass
        killed[worker.returncode] += worker.returncode is not None


def start_computing(url: str, *options: str) -> subprocess.Popen[str]:
    """A worker whose tasks run in two child processes."""
    command = [sys.executable, "-m", "transports.worker", url, "--tasks", TASKS, "--concurrency", "2", *options]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
