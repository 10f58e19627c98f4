"""ZeroMQ over a network that breaks: the tests' own proxy between client and workers, and the oracle."""

from __future__ import annotations

import os
import socket
import time

import pytest

pytest.importorskip("zmq")
from tests.faults import proxy as proxies
from tests.faults import test_transports as real

TASKS = 200
TASK_S = 0.003


@pytest.fixture
def workers(tmp_path):
    made = real.Workers(tmp_path, "zmq+tcp")
    yield made
    made.close()


@pytest.fixture
def proxy(workers):
    made = proxies.Proxy(workers.start("a"))
    yield made
    made.close()


def reset(proxy, _turn):
    proxy.cut(reset=True)


def fin(proxy, _turn):
    proxy.cut(reset=False)


def delay(proxy, _turn):
    proxy.delay_s = 0.05


def slices(proxy, _turn):
    proxy.slice_bytes = 1


def hole(*ways):
    def swallow(proxy, turn):
        proxy.holes = set(ways) if turn == 0 else set()

    return swallow


# name: (what happens, at so many outcomes)
FAULTS = {
    "reset": (reset, (30,)),
    "fin": (fin, (30,)),
    "flapping": (reset, (20, 50, 80, 110, 140)),
    "delay": (delay, (10,)),
    "slices": (slices, (0,)),
    "hole up": (hole(proxies.UP), (30,)),
    "hole down": (hole(proxies.DOWN), (30,)),
    "hole both": (hole(proxies.UP, proxies.DOWN), (30,)),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_network_loses_nothing(workers, proxy, tmp_path, name):
    """One worker behind the proxy, one reached directly, which takes over what is given up."""
    fault, moments = FAULTS[name]
    client = real.connect(workers, [proxy.address, workers.start("b")])
    submitted = real.submit(client, TASKS, tmp_path / "log", TASK_S)
    turns = []

    def break_it(found):
        if len(turns) < len(moments) and len(found) >= moments[len(turns)]:
            fault(proxy, len(turns))
            turns.append(time.monotonic())

    found = real.collect(client, TASKS, 21, break_it)
    real.check_oracle(client, submitted, found)
    assert len(turns) == len(moments)
    assert not [outcome for outcome in found if outcome.error]
    client.close()


STRAYS = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "tls": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "idle": b"",
}


@pytest.mark.parametrize("name", [*STRAYS, "random"])
def test_strays_at_the_port_do_not_keep_a_client_from_being_served(workers, name):
    address = workers.start("a")
    host, _, port = address.rpartition(":")
    client = real.connect(workers, [address])
    strays = [socket.create_connection((host, int(port))) for _ in range(200)]
    for stray in strays:
        stray.sendall(STRAYS.get(name) if name in STRAYS else os.urandom(300))
    assert client.map("noop", [[n] for n in range(100)], deadline_s=5) == list(range(100))
    for stray in strays:
        stray.close()
    assert client.map("noop", [[1]], deadline_s=5) == [1]
    assert workers.processes["a"].poll() is None
    client.close()
