"""A run's broker: looked for only where a cell needs one, and its password hidden."""

from __future__ import annotations

import dataclasses

import pytest

from runoff.common.guard import Guard
from runoff.driver import plan
from runoff.driver.broker_lender import Lender
from runoff.driver.plan import PlannedCell
from runoff.services import rabbitmq

OVER_AMQP = PlannedCell("cpython-3.13", "distributed", "python", 8, (("transport", "amqp"), ("worker_kind", "thread")))
OVER_TCP = dataclasses.replace(OVER_AMQP, parameters=(("transport", "zmq+tcp"), ("worker_kind", "thread")))
COMMAND = "apt-get install -y rabbitmq-server"


@pytest.fixture
def asked(monkeypatch) -> list[str | None]:
    """The URLs that a broker was asked for with; there is none to be had."""
    urls: list[str | None] = []

    def none(url, guard, allow_sudo, say):
        urls.append(url)
        return f"as root: {COMMAND}"

    monkeypatch.setattr(rabbitmq, "obtain", none)
    return urls


@pytest.fixture
def lender():
    guard = Guard()
    yield Lender(None, False, guard, print)
    guard.close()


def test_no_broker_is_looked_for_where_no_cell_needs_one(asked, lender):
    skipped = dataclasses.replace(OVER_AMQP, skip="pika is not available on this interpreter")
    assert lender.lend([OVER_TCP, skipped]) is None
    assert asked == []
    assert lender.broker is None


def test_where_none_can_be_had_the_reason_is_the_command(asked, lender):
    reason = lender.lend([OVER_TCP, OVER_AMQP])
    assert asked == [None]
    assert reason is not None
    assert reason.endswith(COMMAND)
    assert [cell.skip for cell in plan.without_broker([OVER_TCP, OVER_AMQP], reason)] == [None, reason]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("nox -s x -- --amqp-url amqp://u:p@h/v", "nox -s x -- --amqp-url amqp://u:**@h/v"),
        ("nox -- --amqp-url=amqps://u:a:b%40@h/v --task io", "nox -- --amqp-url=amqps://u:**@h/v --task io"),
        ("nox -- --amqp-url 'amqp://u:p@ss@h/v'", "nox -- --amqp-url 'amqp://u:**@h/v'"),
        ("nox -- --amqp-url 'amqp://u:p/?#:p@h/v' --task io", "nox -- --amqp-url 'amqp://u:**@h/v' --task io"),
        ("nox -- --amqp-url amqp://h/v --task io", "nox -- --amqp-url amqp://h/v --task io"),
        ("nox -s x -- --task io", "nox -s x -- --task io"),
    ],
)
def test_a_command_line_is_written_down_without_the_password_in_it(given, shown):
    assert rabbitmq.hidden_in(given) == shown


def test_each_invocation_has_queues_of_its_own_in_its_variables_alone():
    lent = rabbitmq.Broker("amqp://c:1@127.0.0.1:1/v", "amqps://w:2@127.0.0.1:1/v?ca=FILE", "a broker")
    names = set()
    for _ in range(2):
        with lent.queue() as variables:  # whose deletion finds no broker here, and is no error
            (client, hint), (worker, _) = variables["RUNOFF_AMQP_CLIENT"], variables["RUNOFF_AMQP_WORKER"]
            names.add(client)
        assert client.startswith("amqp://c:1@127.0.0.1:1/v?queue=run-")
        assert worker.startswith("amqps://w:2@127.0.0.1:1/v?ca=FILE&queue=run-")
        assert client.partition("queue=")[2] == worker.partition("queue=")[2]
        assert "USER:PASSWORD" in hint
    assert len(names) == 2
