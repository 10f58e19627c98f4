# Run by pytest (Python 3.9 upward). Real brokers, real workers, real SIGKILLs.
"""A broker that is killed or raises an alarm, and a queue or binding that is deleted, costs no task."""

from __future__ import annotations

import threading
import time

import pytest

from runoff.services import rabbitmq_node
from tests.faults.amqp_workers import Oracle, delete
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import channel_to
from transports import session

pytestmark = [needs_rabbitmq, pytest.mark.own_broker("an alarm holds back whatever is published")]


@pytest.mark.parametrize("durable", ["yes", "no"])
def test_the_broker_is_killed_with_a_thousand_in_flight_and_comes_back(fresh_node, workers, durable):
    workers.url = f"{fresh_node.url('worker')}?durable={durable}"
    with session.connect(f"{fresh_node.url('client')}?durable={durable}") as client:
        client.wait_for_workers(1)
        oracle = Oracle(client)
        workers.start()
        oracle.submit(range(1000))
        oracle.check()
        oracle.submit(range(1000, 5000), task="slow", deadline_s=90)
        oracle.collect(1500)
        # A queue counts for something when it is a second old; with slow tasks there is far more than that to do.
        while durable == "yes" and accepted(client) < 1000 and len(oracle.outcomes) < 3500:
            oracle.collect(len(oracle.outcomes) + 1)
        assert accepted(client) >= 1000 if durable == "yes" else accepted(client) == 0
        fresh_node.kill()
        before = len(oracle.outcomes)
        ready_at = restart_meanwhile(fresh_node, client, oracle)
        before = max(before, len(oracle.outcomes))
        oracle.collect(before + 1)
        first_result_s = time.monotonic() - ready_at[0]
        oracle.check()
        print(f"broker ready to first result: {first_result_s * 1000:.0f} ms, {client.counts}")
        assert first_result_s <= 2.5  # with much else to do; bench-transports measures it alone


def accepted(client: session.Session) -> int:
    return sum(request.accepted for request in client._table.values())


def restart_meanwhile(node: rabbitmq_node.Node, client: session.Session, oracle: Oracle) -> list[float]:
    """Start the node again while the client goes on polling, as a program would; when it was ready."""
    ready_at: list[float] = []
    failed: list[BaseException] = []

    def start() -> None:
        try:
            node.start()
            ready_at.append(time.monotonic())
        except BaseException as error:
            failed.append(error)

    starting = threading.Thread(target=start)
    starting.start()
    while starting.is_alive():
        oracle.collect(len(oracle.outcomes) + 1, within_s=0.01)
    assert not failed, failed
    return ready_at


def test_a_memory_alarm_holds_tasks_back_and_loses_none(node, workers, oracle):
    workers.start()
    oracle.submit(range(1000))
    oracle.check()
    node.memory_alarm(True)
    try:
        oracle.submit(range(1000, 3000))
        oracle.collect(3000, within_s=2)
        assert len(oracle.outcomes) < 3000, "publishing went on during the alarm"
    finally:
        node.memory_alarm(False)
    oracle.check()


def test_the_queue_is_deleted_under_a_busy_client(node, workers, oracle, queue):
    workers.start()
    oracle.submit(range(20000))
    oracle.collect(500)
    delete(node, f"runoff.tasks.{queue}")
    oracle.check()


def accept_all(client: session.Session) -> None:
    """Poll until the broker has accepted every task."""
    until = time.monotonic() + 20
    while accepted(client) < client.pending():
        assert time.monotonic() < until
        client.poll(0.1)


def until_empty(node: rabbitmq_node.Node, queue: str) -> None:
    """Wait until workers have taken all that is in ``queue``."""
    until = time.monotonic() + 20
    with channel_to(node) as channel:
        while channel.queue_declare(queue, passive=True).method.message_count:
            assert time.monotonic() < until
            time.sleep(0.05)


def test_the_queue_is_deleted_with_all_that_was_accepted(node, workers, oracle, queue):
    oracle.submit(range(500))
    accept_all(oracle.client)
    delete(node, f"runoff.tasks.{queue}")
    workers.start()
    oracle.check()


def test_a_queue_is_purged_with_a_full_window_in_it(node, workers, queue):
    most_s = 5
    with session.connect(f"{node.url('client')}?queue={queue}&consumer_timeout={60 + most_s}") as client:
        client.wait_for_workers(1)
        oracle = Oracle(client)
        oracle.submit(range(5000), deadline_s=most_s)
        (state,) = client._lanes.values()
        until = time.monotonic() + most_s
        while state.room() > 0 and time.monotonic() < until:
            client.poll(0.1)
        with channel_to(node) as channel:
            channel.queue_purge(f"runoff.tasks.{queue}")
        oracle.check(errors={"E_DEADLINE": 5000})
        workers.start()
        again = Oracle(client)
        again.submit(range(1000), deadline_s=most_s)
        again.check()


def test_the_reply_queue_is_deleted(node, workers, oracle):
    workers.start()
    oracle.submit(range(1000))
    oracle.check()
    delete(node, f"runoff.reply.{oracle.client.wire.name}")
    oracle.submit(range(1000, 2000), deadline_s=20)
    oracle.check()


@pytest.mark.parametrize("away", [False, True], ids=["while the client polls", "while the client is away"])
def test_the_reply_queue_is_deleted_with_the_results_in_it(node, workers, oracle, queue, monkeypatch, away):
    """As it expires where a client cannot be reached for ten minutes."""
    client = oracle.client
    oracle.submit(range(300), deadline_s=30)
    accept_all(client)
    if away:
        with monkeypatch.context() as patch:
            patch.setattr(client.wire._link, "connect", lambda: None)
            client.wire._link.drop("cut")
            client.poll(0.1)
            delete(node, f"runoff.reply.{client.wire.name}")
            workers.start()
            until_empty(node, f"runoff.tasks.{queue}")
        client.wire._link.connect()
    else:
        delete(node, f"runoff.reply.{client.wire.name}")
        workers.start()
    oracle.check()
    assert client.counts["lost"] == 300


@pytest.mark.parametrize("what", ["exchange", "binding"])
def test_the_way_of_results_is_deleted(node, workers, oracle, what):
    """Nobody hears of it: a worker may make nothing, and results are not mandatory."""
    workers.start()
    oracle.submit(range(100))
    oracle.check()
    name = oracle.client.wire.name
    with channel_to(node) as channel:
        if what == "exchange":
            channel.exchange_delete("runoff.replies")
        else:
            channel.queue_unbind(f"runoff.reply.{name}", "runoff.replies", name)
    oracle.client.poll(3.0)  # the client looks each two seconds
    oracle.submit(range(100, 200), deadline_s=20)
    oracle.check()


def test_what_cannot_be_routed_comes_back_and_is_sent_again(node, workers, oracle, queue):
    """The binding is removed behind the client's back: confirms alone would say that all is well."""
    workers.start()
    oracle.submit(range(100))
    oracle.check()
    with channel_to(node) as channel:
        channel.queue_unbind(f"runoff.tasks.{queue}", "runoff.tasks", f"{queue}.*")
    oracle.submit(range(100, 200), attempts=50)
    oracle.collect(200, within_s=10)
    assert oracle.client.counts["unroutable"] > 0
    oracle.check()
