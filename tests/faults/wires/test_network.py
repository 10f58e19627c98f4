"""Wires over a network that breaks: the tests' own proxy between the ends, and the oracle."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from runoff.common.paths import ROOT
from runoff.services import proxy as proxies
from tests.helpers import oracle
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import own_queue
from tests.helpers.zeromq_workers import Workers
from transports import session
from transports.wires.amqp import parameters as amqp_parameters

TASKS = 200
TASK_S = 0.003


@pytest.fixture
def workers(tmp_path):
    made = Workers(tmp_path, "zmq+tcp")
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


def loss(proxy, _turn):
    proxy.loss = 0.2


def partition(proxy, turn):
    if turn == 0:
        proxy.part()
    else:
        proxy.heal()


def came_again(proxy, client):
    return proxy.accepted > 1 and client.counts["lost"] > 0


def swallowed(proxy, client):
    return proxy.swallowed > 0 and client.counts["lost"] > 0


def passed(proxy, _client):
    return proxy.chunks > 10


def stalled(proxy, _client):
    return proxy.stalls > 0


def noticed(_proxy, client):
    return client.counts["lost"] > 0


# name: (what happens, at so many outcomes, what shows that it had an effect)
FAULTS = {
    "reset": (reset, (30,), came_again),
    "fin": (fin, (30,), came_again),
    "flapping": (reset, (20, 50, 80, 110, 140), came_again),
    "delay": (delay, (10,), passed),
    "slices": (slices, (0,), passed),
    "hole up": (hole(proxies.UP), (30,), swallowed),
    "hole down": (hole(proxies.DOWN), (30,), swallowed),
    "hole both": (hole(proxies.UP, proxies.DOWN), (30,), swallowed),
    "loss": (loss, (0,), stalled),
    "partition": (partition, (30, 190), noticed),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_broken_network_loses_nothing(workers, proxy, tmp_path, name):
    """One worker behind the proxy, one reached directly, which takes over what is given up."""
    fault, moments, seen = FAULTS[name]
    client = oracle.connect(workers, [proxy.address, workers.start("b")])
    submitted = oracle.submit(client, TASKS, tmp_path / "log", TASK_S)
    turns = []

    def break_it(found):
        if len(turns) < len(moments) and len(found) >= moments[len(turns)]:
            fault(proxy, len(turns))
            turns.append(time.monotonic())

    found = oracle.collect(client, TASKS, 21, break_it)
    oracle.check_oracle(client, submitted, found)
    assert len(turns) == len(moments)
    assert seen(proxy, client)
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
    client = oracle.connect(workers, [address])
    strays = [socket.create_connection((host, int(port))) for _ in range(200)]
    for stray in strays:
        stray.sendall(STRAYS.get(name) if name in STRAYS else os.urandom(300))
    assert client.map("noop", [[n] for n in range(100)], deadline_s=5) == list(range(100))
    for stray in strays:
        stray.close()
    assert client.map("noop", [[1]], deadline_s=5) == [1]
    assert workers.processes["a"].poll() is None
    client.close()


@needs_rabbitmq
@pytest.mark.parametrize("name", ["reset", "fin", "flapping", "delay", "slices", "loss"])
def test_a_broken_way_to_the_broker_loses_nothing(node, queue, name):
    """The client behind the proxy, the worker at the broker itself."""
    fault, moments, _ = FAULTS[name]
    options = f"?queue={queue}"
    worker = subprocess.Popen(
        [sys.executable, "-m", "transports.worker", node.url("worker") + options, "--kind", "thread"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    proxy = proxies.Proxy(f"127.0.0.1:{node.port}")
    broken = 0
    try:
        url = node.url("client").replace(f":{node.port}/", f":{proxy.address.rpartition(':')[2]}/")
        with session.connect(url + options) as client:
            client.wait_for_workers(1)
            submitted = {client.submit("sleep", [TASK_S], deadline_s=20, attempts=20) for _ in range(TASKS)}
            found, until = [], time.monotonic() + 21
            while len(found) < TASKS and time.monotonic() < until:
                found += client.poll(0.05)
                if broken < len(moments) and len(found) >= moments[broken]:
                    fault(proxy, broken)
                    broken += 1
            found += client.poll(0.3)  # doubles would come now
        assert {outcome.id for outcome in found} == submitted
        assert len(found) == TASKS
        assert not [outcome for outcome in found if outcome.error]
        assert broken == len(moments)
        assert proxy.accepted > 1 or (name in ("delay", "slices") and proxy.chunks > 10) or proxy.stalls > 0
    finally:
        proxy.close()
        worker.kill()
        worker.communicate()


class Held:
    """A client behind a hole or a partition, which is over when the client has noticed."""

    def __init__(self, name, proxy, client):
        self.name, self.proxy, self.client = name, proxy, client
        self.found = []
        self.dug = self.noticed = False

    def turn(self):
        self.found += self.client.poll(0.01)
        if not self.dug and len(self.found) >= 30:
            self.dug = True
            FAULTS[self.name][0](self.proxy, 0)
        elif self.dug and not self.noticed and not self.client.workers():
            self.noticed = True
            FAULTS[self.name][0](self.proxy, 1)

    def check(self):
        self.found += self.client.poll(0.3)  # doubles would come now
        assert {outcome.id for outcome in self.found} == self.ids, self.name
        assert len(self.found) == TASKS
        assert not [outcome for outcome in self.found if outcome.error]
        assert self.noticed
        assert (self.proxy.swallowed > 0) == ("hole" in self.name)
        assert self.proxy.accepted > 1


@pytest.mark.parametrize("name", ["hole both", "partition"])
def test_a_client_finds_its_only_worker_again(workers, proxy, name):
    with session.connect(f"zmq+tcp:{proxy.address}") as client:
        client.wait_for_workers(1)
        held = Held(name, proxy, client)
        held.ids = {client.submit("sleep", [TASK_S], deadline_s=30) for _ in range(TASKS)}
        until = time.monotonic() + 31
        while len(held.found) < TASKS and time.monotonic() < until:
            held.turn()
        held.check()


@needs_rabbitmq
def test_a_black_hole_on_the_way_to_the_broker_loses_nothing(node, monkeypatch):
    """One client in each kind of hole, and one in a partition, all at once: what takes long is until a heartbeat is
    missed. What a client had on the way into a hole is gone; what a partition held back comes afterwards."""
    monkeypatch.setattr(amqp_parameters, "HEARTBEAT_S", 1)
    with ExitStack() as leaving:
        held = []
        for name in ("hole up", "hole down", "hole both", "partition"):
            options = f"?queue={leaving.enter_context(own_queue(node, f'network-{name}'))}"
            command = [sys.executable, "-m", "transports.worker", node.url("worker") + options, "--kind", "thread"]
            worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
            leaving.callback(worker.wait)
            leaving.callback(worker.kill)
            proxy = proxies.Proxy(f"127.0.0.1:{node.port}")
            leaving.callback(proxy.close)
            url = node.url("client").replace(f":{node.port}/", f":{proxy.address.rpartition(':')[2]}/")
            client = leaving.enter_context(session.connect(url + options))
            client.wait_for_workers(1)
            held.append(Held(name, proxy, client))
        for each in held:
            each.ids = {each.client.submit("sleep", [TASK_S], deadline_s=50, attempts=20) for _ in range(TASKS)}
        until = time.monotonic() + 51
        while any(len(each.found) < TASKS for each in held) and time.monotonic() < until:
            for each in held:
                each.turn()
        for each in held:
            each.check()
