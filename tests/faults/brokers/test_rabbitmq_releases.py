# Run by pytest (Python 3.9 upward). A real broker: the system's, or the one that RUNOFF_RABBITMQ names.
"""What the releases of RabbitMQ do differently, as docs/amqp.md has it; nothing of ours needs what is leaving."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pika.exceptions
import pytest

from runoff.common.errors import BadInput
from runoff.common.paths import ROOT
from runoff.services import rabbitmq_definitions, rabbitmq_node
from tests.helpers.expected import EXPECTED, needs_rabbitmq
from tests.helpers.private_broker import channel_to
from transports import session

pytestmark = [needs_rabbitmq, pytest.mark.own_broker("its settings are changed, and its log is read")]

QUORUM = {"x-queue-type": "quorum"}
#: What a client sees, by release: the table in docs/amqp.md.
RELEASES: dict[str, dict[str, Any]] = {
    "3.10": {
        "how often a quorum queue without a limit hands out": "no end",
        "how often after reject, with a limit of 3": 4,
        "how often after nack, with a limit of 3": 4,
        "a message of 17 MiB": "taken",
        "global QoS": "NOT_IMPLEMENTED",
        "a transient queue that is not exclusive": "made",
        "held longer than the consumer timeout": "the channel is closed",
    },
    "4.0": {
        "how often a quorum queue without a limit hands out": 21,
        "how often after reject, with a limit of 3": 4,
        "how often after nack, with a limit of 3": 4,
        "a message of 17 MiB": "PRECONDITION_FAILED",
        "global QoS": "NOT_IMPLEMENTED",
        "a transient queue that is not exclusive": "made, and deprecated",
        "held longer than the consumer timeout": "the channel is closed",
    },
    "4.3": {
        "how often a quorum queue without a limit hands out": 21,
        "how often after reject, with a limit of 3": 4,
        "how often after nack, with a limit of 3": "no end",
        "a message of 17 MiB": "PRECONDITION_FAILED",
        "global QoS": "each consumer has the limit for itself",
        "a transient queue that is not exclusive": "made, and deprecated",
        "held longer than the consumer timeout": "the consumer is cancelled",
    },
}
#: More often than any limit here.
NO_END = 30


def handed_out(node: rabbitmq_node.Node, queue: str, arguments: dict[str, Any], give_back: str) -> int | str:
    """Return how often a message that always goes back is handed out."""
    with channel_to(node) as channel:
        channel.queue_declare(queue, durable=True, arguments={**QUORUM, **arguments})
        channel.confirm_delivery()
        channel.basic_publish("", queue, b"x")
        channel.basic_qos(prefetch_count=1)
        for times, (method, _, _) in enumerate(channel.consume(queue, inactivity_timeout=1.0)):
            if method is None:
                return times
            if times == NO_END:
                break
            getattr(channel, give_back)(method.delivery_tag, requeue=True)
    return "no end"


def large(node: rabbitmq_node.Node) -> str:
    with channel_to(node) as channel:
        channel.queue_declare("large", durable=True, arguments=QUORUM)
        channel.confirm_delivery()
        try:
            channel.basic_publish("", "large", b"x" * (17 << 20))
        except pika.exceptions.ChannelClosedByBroker as refused:
            return refused.reply_text.split()[0]
    return "taken"


def global_qos(node: rabbitmq_node.Node) -> str:
    """Say what comes of a limit for two consumers together."""
    with channel_to(node) as channel:
        channel.queue_declare("qos", durable=True, arguments=QUORUM)
        channel.confirm_delivery()
        for _ in range(8):
            channel.basic_publish("", "qos", b"x")
        try:
            channel.basic_qos(prefetch_count=2, global_qos=True)
            got: list[int] = []
            for number in range(2):
                channel.basic_consume("qos", lambda *_, number=number: got.append(number))
            until = time.monotonic() + 5
            while len(got) < 4 and time.monotonic() < until:
                channel.connection.process_data_events(0.1)
        except pika.exceptions.ConnectionClosedByBroker as refused:
            return refused.reply_text.split()[0]
    return "each consumer has the limit for itself" if sorted(got) == [0, 0, 1, 1] else f"delivered {got}"


def transient(node: rabbitmq_node.Node) -> str:
    with channel_to(node) as channel:
        channel.queue_declare("transient", durable=False)
    return "made, and deprecated" if deprecated(node) else "made"


def deprecated(node: rabbitmq_node.Node) -> list[str]:
    """Return the lines of the broker's log about what is leaving."""
    log = (node.folder / "broker.log").read_text(encoding="utf-8", errors="replace")
    return [line for line in log.splitlines() if "is deprecated" in line]


def held_too_long(node: rabbitmq_node.Node) -> str:
    limits = "consumer_timeout, 1000", "channel_tick_interval, 500", "quorum_tick_interval, 500"
    node.control("eval", ", ".join(f"application:set_env(rabbit, {limit})" for limit in limits) + ".")
    cancelled: list[Any] = []
    with channel_to(node) as channel:
        channel.queue_declare("held", durable=True, arguments=QUORUM)
        channel.confirm_delivery()
        channel.basic_publish("", "held", b"x")
        channel.add_on_cancel_callback(cancelled.append)
        channel.basic_qos(prefetch_count=1)
        channel.basic_consume("held", lambda *_: None)
        until = time.monotonic() + 30
        try:
            while not cancelled and channel.is_open and time.monotonic() < until:
                channel.connection.process_data_events(0.1)
        except pika.exceptions.ChannelClosedByBroker:
            pass
        return "the consumer is cancelled" if cancelled else "the channel is closed"


def test_nothing_of_ours_needs_what_is_leaving(node: rabbitmq_node.Node) -> None:
    """Both kinds of queue, with a task on its way: the broker's log names no deprecated feature."""
    for options in ("?queue=leaving", "?queue=leaving&durable=no"):
        with session.connect(node.url("client") + options) as client:
            command = [sys.executable, "-m", "transports.worker", node.url("worker") + options, "--kind", "thread"]
            worker = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
            try:
                assert client.map("noop", [(1,)]) == [1]
            finally:
                worker.kill()
                worker.communicate()
    assert deprecated(node) == []


@pytest.mark.parametrize("release", RELEASES)
def test_a_release_does_what_is_written_of_it(node: rabbitmq_node.Node, release: str) -> None:
    version = node.version()
    if not version.startswith(f"{release}."):
        assert f"rabbitmq-{release}" not in EXPECTED, f"this run's RabbitMQ is {version}"
        pytest.skip(f"this run's RabbitMQ is {version}; RUNOFF_RABBITMQ names the folders of another")
    limit = {"x-delivery-limit": 3}
    assert RELEASES[release] == {
        "how often a quorum queue without a limit hands out": handed_out(node, "no-limit", {}, "basic_reject"),
        "how often after reject, with a limit of 3": handed_out(node, "rejected", limit, "basic_reject"),
        "how often after nack, with a limit of 3": handed_out(node, "nacked", limit, "basic_nack"),
        "a message of 17 MiB": large(node),
        "global QoS": global_qos(node),
        "a transient queue that is not exclusive": transient(node),
        "held longer than the consumer timeout": held_too_long(node),
    }


def test_a_virtual_host_whose_queues_are_quorum_queues_by_default_changes_nothing(node: rabbitmq_node.Node) -> None:
    if node.version().startswith("3.10."):
        pytest.skip("RabbitMQ 3.10 cannot change the default type of a virtual host")
    node.control("update_vhost_metadata", rabbitmq_definitions.VHOST, "--default-queue-type", "quorum")
    try:
        with session.connect(node.url("client") + "?queue=typed&durable=no") as client:
            client.wait_for_workers(1)
            listed = node.control("list_queues", "-p", rabbitmq_definitions.VHOST, "name", "type")
        types = dict(line.split() for line in listed.splitlines())
        assert types["runoff.tasks.typed-transient"] == types[f"runoff.reply.{client.wire.name}"] == "classic"
    finally:
        node.control("update_vhost_metadata", rabbitmq_definitions.VHOST, "--default-queue-type", "classic")


def test_folders_without_a_broker_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("RUNOFF_RABBITMQ", str(tmp_path))
    with pytest.raises(BadInput, match="RUNOFF_RABBITMQ=.* holds no rabbitmq-server; name the folder"):
        rabbitmq_node.installed()
    (tmp_path / "rabbitmq-server").write_text("#!/bin/sh\n", encoding="ascii")
    (tmp_path / "rabbitmq-server").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadInput, match="holds no erl and no epmd"):
        rabbitmq_node.installed()
