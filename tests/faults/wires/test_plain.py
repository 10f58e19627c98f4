# Run by pytest (Python 3.9 upward). Real processes, really killed; `pytest -rP` shows the figures.
"""What plain sockets lose where the promise loses nothing: the original study's one DEALER over several ROUTERs.

The workers are contenders/raw_zeromq.py's. Every loss here is by construction: a worker is stopped for a moment, as a
busy one is, so that it certainly holds tasks when killed. For plain pika: tests/faults/brokers/test_plain_pika.py.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from runoff.common.paths import ROOT
from transports import session

zmq = pytest.importorskip("zmq")
from zmq.utils import monitor  # noqa: E402

TASKS = 1000
KILL_AT = 300
EVERY_S = 0.0005


class Workers:
    """Three workers of one kind."""

    def __init__(self, *command: str) -> None:
        self.running = [
            subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for _ in range(3)
        ]
        self.addresses = [worker.stdout.readline().split()[1] for worker in self.running if worker.stdout]

    def signal(self, number: int) -> None:
        """To the first of them."""
        self.running[0].send_signal(number)

    def close(self) -> None:
        for worker in self.running:
            worker.send_signal(signal.SIGCONT)
            worker.kill()
            worker.communicate()


@pytest.fixture
def plain() -> Iterator[Workers]:
    workers = Workers("contenders.raw_zeromq", "serve", "tcp://127.0.0.1:*")
    yield workers
    workers.close()


@pytest.fixture
def promised() -> Iterator[Workers]:
    workers = Workers("transports.worker", "zmq+tcp:127.0.0.1:*", "--kind", "thread")
    yield workers
    workers.close()


class Dealer:
    """One socket for all workers, which deals tasks out in turn."""

    def __init__(self, addresses: list[str], immediate: bool) -> None:
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.setsockopt(zmq.IMMEDIATE, immediate)
        self.gone = self.socket.get_monitor_socket(zmq.EVENT_DISCONNECTED)
        for address in addresses:
            self.socket.connect(address)
        time.sleep(0.5)  # all connected: what follows is not about that
        self.answered: set[int] = set()

    def submit(self, number: int) -> None:
        self.socket.send(json.dumps({"id": number, "name": "noop", "args": [number]}).encode())

    def poll(self, timeout_s: float) -> None:
        while self.socket.poll(int(timeout_s * 1000)):
            self.answered.add(json.loads(self.socket.recv())["id"])

    def noticed(self) -> bool:
        """Has it been told that a worker is gone?"""
        return bool(self.gone.poll(0) and monitor.recv_monitor_message(self.gone))

    def close(self) -> None:
        self.socket.disable_monitor()
        self.socket.close()


class Promised:
    """The same of a session."""

    def __init__(self, addresses: list[str]) -> None:
        self.session: Any = session.connect("zmq+tcp:" + ",".join(each.rpartition("/")[2] for each in addresses)).open()
        self.session.wait_for_workers(len(addresses))
        self.answered: set[int] = set()

    def submit(self, number: int) -> None:
        self.session.submit("noop", [number], deadline_s=20)

    def poll(self, timeout_s: float) -> None:
        self.answered |= {outcome.result for outcome in self.session.poll(timeout_s) if outcome.error is None}

    def noticed(self) -> bool:
        return self.session.problem() is not None

    def close(self) -> None:
        self.session.close()


def ask(client: Dealer | Promised, at: dict[int, Any]) -> int:
    """How many of TASKS, one every half millisecond, are not answered when nothing has come for two seconds. at: what
    happens before which task."""
    for number in range(TASKS):
        at.get(number, lambda: None)()
        client.submit(number)
        client.poll(0.0)
        time.sleep(EVERY_S)
    heard_at, heard = time.monotonic(), len(client.answered)
    while len(client.answered) < TASKS and time.monotonic() - heard_at < 2:
        client.poll(0.05)
        if len(client.answered) > heard:
            heard_at, heard = time.monotonic(), len(client.answered)
    return TASKS - len(client.answered)


def killed(workers: Workers) -> dict[int, Any]:
    return {
        KILL_AT - 30: lambda: workers.signal(signal.SIGSTOP),
        KILL_AT: lambda: workers.signal(signal.SIGKILL),
    }


def stopped(workers: Workers) -> dict[int, Any]:
    return {KILL_AT: lambda: workers.signal(signal.SIGSTOP)}


@pytest.mark.parametrize("immediate", [True, False], ids=["with IMMEDIATE", "without"])
def test_a_plain_dealer_loses_what_a_killed_worker_held_or_was_dealt(plain: Workers, immediate: bool) -> None:
    client = Dealer(plain.addresses, immediate)
    lost = ask(client, killed(plain))
    assert client.noticed(), "it is told, but does not know which tasks went there"
    client.close()
    print(f"one DEALER over three ROUTERs, {'with' if immediate else 'without'} IMMEDIATE, one killed: {lost} lost")
    if immediate:
        assert 0 < lost < (TASKS - KILL_AT) / 3 - 30
    else:
        assert lost > (TASKS - KILL_AT) / 3 - 30, "it went on dealing to the dead one"


def test_a_plain_dealer_never_notices_a_stopped_worker(plain: Workers) -> None:
    client = Dealer(plain.addresses, immediate=True)
    lost = ask(client, stopped(plain))
    noticed = client.noticed()
    client.close()
    print(f"one DEALER over three ROUTERs, one stopped: {lost} without an answer, noticed: {noticed}")
    assert lost > (TASKS - KILL_AT) / 3 - 30
    assert not noticed


@pytest.mark.parametrize("fault", [killed, stopped], ids=["killed", "stopped"])
def test_with_the_promise_the_same_loses_nothing(promised: Workers, fault: Any) -> None:
    client = Promised(promised.addresses)
    lost = ask(client, fault(promised))
    noticed = client.noticed()
    client.close()
    print(f"a session over three workers, one {fault.__name__}: {lost} lost, noticed: {noticed}")
    assert lost == 0
    assert noticed
