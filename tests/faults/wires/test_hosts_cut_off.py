# Run by pytest (Python 3.9 upward). Real network namespaces, where this machine permits them.
"""Client, worker and broker, each on a host of its own, over ways that lose, are narrow or cut: no task is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Callable

import pytest

from runoff.benchmarks.hosts import network, ways
from runoff.benchmarks.hosts.network import Host
from runoff.benchmarks.hosts.ways import Way
from runoff.benchmarks.soak import flows
from runoff.benchmarks.soak.client import Client
from runoff.benchmarks.transports.contender import Contender
from runoff.benchmarks.transports.run_contender import served
from runoff.common.guard import Guard
from runoff.services import rabbitmq
from tests.helpers.environments import running_environment
from tests.helpers.expected import needs_rabbitmq

pytestmark = pytest.mark.skipif(network.lacking() is not None, reason=f"no network namespaces: {network.lacking()}")
WITHIN_S = 60.0
SOME = 50  # tasks that are answered before a cut, and after it
MANY = 150
CUT_REPORTS = 5  # a client reports once a second
FAR = Way(delay_ms=2)
WAYS = {"loss": replace(FAR, loss=0.05), "narrow": replace(FAR, bytes_per_s=100000)}
#: (the transport, the host whose cable is pulled)
CUTS = [
    pytest.param("zmq+tcp", "worker", id="zmq+tcp-worker"),
    pytest.param("amqp", "broker", id="amqp-broker", marks=needs_rabbitmq),
    pytest.param("amqp", "worker", id="amqp-worker", marks=needs_rabbitmq),
]


@pytest.fixture
def guard() -> Iterator[Guard]:
    made = Guard()
    yield made
    made.close()


@pytest.fixture
def hosts(guard: Guard) -> Iterator[dict[str, Host]]:
    with network.joined(("client", "worker", "broker"), guard) as made:
        yield made


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_for_reports(client: Client, count: int) -> None:
    for _ in range(count):
        seen = client.counts
        until(lambda seen=seen: client.counts is not seen)  # type: ignore[misc]


@contextmanager
def running(scheme: str, hosts: dict[str, Host], way: Way, folder: Path, guard: Guard) -> Iterator[Client]:
    """Yield a client that keeps tasks under way at one worker; at the end it has stopped, and nothing was lost."""
    here = running_environment()
    with ExitStack() as leaving:
        client_url, worker_url = "", "zmq+tcp:127.0.0.1:*"
        if scheme == "amqp":
            broker = rabbitmq.obtain_private(guard, False, print)
            assert not isinstance(broker, str), broker
            leaving.callback(broker.close)
            near = leaving.enter_context(ways.to_broker(hosts, broker, folder, way, guard))
            client_url, worker_url = (f"{url}?queue=hosts&heartbeat=1" for url in (near.client, near.worker))
        serve = ("transports.worker", worker_url, "--kind", "thread", "--concurrency", "4", "--tasks", flows.TASKS)
        environment = replace(ways.on(hosts["worker"], here), variables={flows.FOLDER: str(folder)})
        address = leaving.enter_context(served(Contender("worker", "", serve, (), 0), environment, guard))
        if scheme == "zmq+tcp":
            near = leaving.enter_context(ways.to_worker(hosts["client"], hosts["worker"], address, way, guard))
            client_url = f"zmq+tcp:{near}"
        client = Client(ways.on(hosts["client"], here), client_url, guard)
        leaving.callback(client.close)
        yield client
        client.stop()
        until(lambda: client.has_ended() and client.code() is not None)
        counts = client.counts
        assert client.code() == 0
        assert (counts.lost, counts.twice, counts.wrong, counts.errors) == (0, 0, 0, {})


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("scheme", ["zmq+tcp", pytest.param("amqp", marks=needs_rabbitmq)])
def test_a_way_that_loses_or_is_narrow_costs_no_task(scheme, name, hosts, tmp_path, guard):
    with running(scheme, hosts, WAYS[name], tmp_path, guard) as client:
        until(lambda: client.counts.ok >= MANY)


@pytest.mark.parametrize(("scheme", "cut"), CUTS)
def test_a_host_that_is_cut_off_for_seconds_costs_no_task(scheme, cut, hosts, tmp_path, guard):
    """Client and worker go on by themselves: neither is started again."""
    with running(scheme, hosts, FAR, tmp_path, guard) as client:
        until(lambda: client.counts.ok >= SOME)
        with network.unplugged(hosts[cut]):
            wait_for_reports(client, 2)  # what had passed before is counted
            before = client.counts
            wait_for_reports(client, CUT_REPORTS)
            assert client.counts.ok == before.ok
        until(lambda: client.counts.ok >= before.ok + SOME)
    assert client.counts.resent > 0 or scheme == "amqp", "a broker keeps what it has accepted"
