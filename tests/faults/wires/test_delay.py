"""A delay between the ends of both wires: what is sent ahead grows until it costs little."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from runoff.services import proxy as proxies
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.zeromq_workers import Workers
from transports import errors, session, worker

ONE_WAY_S = 0.01
TASK_S = 0.005
TRIES = 3  # of a comparison that other work on the machine may disturb
WITHIN_S = 30


@pytest.fixture
def proxy(tmp_path):
    workers = Workers(tmp_path, "zmq+tcp")
    made = proxies.Proxy(workers.start("a"))
    yield made
    made.close()
    workers.close()


def speed(proxy, one_way_s):
    proxy.delay_s = one_way_s
    with session.connect(f"zmq+tcp:{proxy.address}") as client:
        client.wait_for_workers(1)
        client.map("sleep", [[TASK_S]] * 20)
        began = time.monotonic()
        client.map("sleep", [[TASK_S]] * 100)
        took_s = time.monotonic() - began
        (state,) = client._lanes.values()
        assert state.flow.delay_us >= 2e6 * one_way_s
        return 100 / took_s


def test_a_worker_that_is_far_is_kept_busy(proxy):
    shares = []
    while not shares or (shares[-1] < 0.8 and len(shares) < TRIES):
        shares.append(speed(proxy, ONE_WAY_S) / speed(proxy, 0.0))
    assert shares[-1] >= 0.8, shares


FAR_ONE_WAY_S = 0.2
LARGE = "x" * 500000
SLOW = 1000000  # bytes a second: LARGE takes half a second there, and half a second back


def test_a_worker_beyond_the_usual_silence_is_reached_with_another_heartbeat(proxy):
    """Where an answer takes longer than the client waits for a sign of life, the link ends again and again."""
    proxy.delay_s = FAR_ONE_WAY_S
    with (
        session.connect(f"zmq+tcp:{proxy.address}") as client,
        pytest.raises(errors.Unusable, match="0 of 1 workers"),
    ):
        client.wait_for_workers(1, 2.0)
    with session.connect(f"zmq+tcp:{proxy.address}?heartbeat=2") as client:
        client.wait_for_workers(1, WITHIN_S)
        assert client.map("noop", [[number] for number in range(100)]) == list(range(100))
        assert client.counts["lost"] == 0


def test_what_is_long_on_a_slow_way_arrives_with_another_heartbeat(proxy):
    proxy.bytes_per_s = SLOW
    with session.connect(f"zmq+tcp:{proxy.address}?heartbeat=2") as client:
        client.wait_for_workers(1, WITHIN_S)
        assert client.map("noop", [[LARGE]] * 3) == [LARGE] * 3
        assert client.counts["lost"] == 0


def test_a_worker_that_leaves_waits_until_its_results_have_passed_a_slow_way(tmp_path):
    workers = Workers(tmp_path, "zmq+tcp")
    proxy = proxies.Proxy(workers.start("a", drain_s=WITHIN_S))
    proxy.bytes_per_s = SLOW
    try:
        with session.connect(f"zmq+tcp:{proxy.address}?heartbeat=3") as client:
            client.wait_for_workers(1, WITHIN_S)
            for _ in range(4):
                client.submit("long_text", [3 * SLOW // 2])
            outcomes = client.poll(WITHIN_S)
            workers.signal("a", signal.SIGTERM)  # it has sent the other results as well, and they are on their way
            until = time.monotonic() + WITHIN_S
            while client.pending() and time.monotonic() < until:
                outcomes += client.poll(0.1)
            assert [outcome.error for outcome in outcomes] == [None] * 4
            assert client.counts["lost"] == 0
            while workers.processes["a"].poll() is None and time.monotonic() < until:
                client.poll(0.1)
            assert workers.processes["a"].wait(1) == worker.DRAINED
    finally:
        proxy.close()
        workers.close()


#: In seconds: the shortest heartbeat of which ten are more than the 16 bits of milliseconds that libzmq has for them,
#: and a task that lasts longer.
LONG_HEARTBEAT_S, LONG_TASK_S = 6.6, 8.0


def test_a_client_with_a_long_heartbeat_is_not_cut_off_behind_its_first_one(proxy):
    with session.connect(f"zmq+tcp:{proxy.address}?heartbeat={LONG_HEARTBEAT_S}") as client:
        client.wait_for_workers(1, WITHIN_S)
        assert client.map("sleep", [[LONG_TASK_S]]) == [LONG_TASK_S]
        assert client.counts["lost"] == 0


@needs_rabbitmq
def test_a_broker_that_is_far_is_asked_for_more_by_client_and_worker(node, queue):
    """Both ends behind the proxy, in this process, where their windows can be seen."""
    proxy = proxies.Proxy(f"127.0.0.1:{node.port}")
    proxy.delay_s = ONE_WAY_S
    far = [
        node.url(role).replace(f":{node.port}/", f":{proxy.address.rpartition(':')[2]}/") + f"?queue={queue}"
        for role in ("client", "worker")
    ]
    try:
        with session.connect(far[0]) as client:
            client.wait_for_workers(1)
            serving = worker.Worker(far[1], kind="thread")
            thread = threading.Thread(target=serving.run)
            thread.start()
            near = client.wire._window.frames
            ids, outcomes = set(), []
            until = time.monotonic() + WITHIN_S
            while serving.wire._prefetch() < 10 or client.wire._window.frames == near:
                assert time.monotonic() < until, (serving.wire._prefetch(), client.wire._window.frames)
                while client.pending() < 2000:
                    ids.add(client.submit("noop", [1]))
                outcomes += client.poll(0.05)
            while client.pending():
                outcomes += client.poll(0.1)
            assert {outcome.id for outcome in outcomes} == ids
            assert len(outcomes) == len(ids)
            assert client.counts["resent"] == 0
            serving.stop()
            thread.join(WITHIN_S)
            assert not thread.is_alive()
    finally:
        proxy.close()
