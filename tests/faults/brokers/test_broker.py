# Run by pytest (Python 3.9 upward). Starts real RabbitMQ nodes and kills them.
"""A private node starts, serves only whom it should, survives a SIGKILL with its data, and is gone without a trace."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Callable

import pika
import pika.exceptions
import psutil
import pytest

from runoff.benchmarks.transports import amqp_contenders, peers, run_contender
from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.environments.environment import Environment
from runoff.interpreters import install
from runoff.interpreters.discover import Interpreter
from runoff.services import rabbitmq, rabbitmq_node
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.private_broker import private_node

pytestmark = needs_rabbitmq

DRIVER = """
import json, sys, time
from runoff.services.rabbitmq_node import Node
from runoff.common.guard import Guard
node = Node(Guard())
node.start()
print(json.dumps({"pids": node.pids, "port": node.port, "folder": str(node.folder)}), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def guard() -> Iterator[Guard]:
    guard = Guard()
    yield guard
    guard.close()


@pytest.fixture(scope="module")
def node() -> Iterator[rabbitmq_node.Node]:
    """A node of the file's own: it is what is tried."""
    with private_node() as node:
        yield node


def tree(pids: list[int]) -> list[psutil.Process]:
    processes = [psutil.Process(pid) for pid in pids]
    return processes + [child for each in processes for child in each.children(recursive=True)]


def running(processes: list[psutil.Process]) -> list[psutil.Process]:
    """Those still there; a zombie is an entry that waits for its parent, not a process."""
    return [each for each in processes if is_there(each)]


def is_there(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False


def wait_until_gone(processes: list[psutil.Process], folder: Path, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while (running(processes) or folder.exists()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert running(processes) == []
    assert not folder.exists()


def listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def connect(url: str) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.URLParameters(url))


def test_it_answers_amqp_and_keeps_to_the_loopback_interface(node: rabbitmq_node.Node) -> None:
    assert rabbitmq_node.answers(node.port)
    assert node.version().count(".") == 2
    addresses = {
        connection.laddr.ip
        for process in tree(node.pids)
        for connection in process.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses
    assert addresses <= {"127.0.0.1", "::1"}


def test_nothing_is_left_when_the_driver_is_killed() -> None:
    driver = subprocess.Popen(
        [sys.executable, "-c", DRIVER], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE
    )
    assert driver.stdout is not None
    told = json.loads(driver.stdout.readline())
    processes = tree(told["pids"])
    driver.send_signal(signal.SIGKILL)
    driver.communicate()
    wait_until_gone(processes, Path(told["folder"]), within_s=10)
    assert not listening(told["port"])


def test_a_killed_node_comes_back_with_what_was_confirmed(guard: Guard) -> None:
    node = rabbitmq_node.Node(guard)
    try:
        node.start()
        channel = connect(node.url("client")).channel()
        channel.queue_declare("runoff.tasks.kept", durable=True, arguments={"x-queue-type": "quorum"})
        channel.confirm_delivery()
        persistent = pika.BasicProperties(delivery_mode=2)
        for number in range(100):
            channel.basic_publish("", "runoff.tasks.kept", str(number).encode(), persistent, mandatory=True)
        # A quorum queue's name reaches the disk up to half a second after the queue does (ra_directory's auto_save): a
        # broker killed before that comes back with an empty queue that answers nobody, whatever it had confirmed.
        time.sleep(1)
        node.kill()
        with pytest.raises(pika.exceptions.AMQPError):
            channel.queue_declare("runoff.tasks.kept", passive=True)
        node.start()
        channel = connect(node.url("worker")).channel()
        bodies = [channel.basic_get("runoff.tasks.kept", auto_ack=True)[2] for _ in range(100)]
        assert bodies == [str(number).encode() for number in range(100)]
    finally:
        node.stop()


def test_a_memory_alarm_blocks_publishers_until_it_is_over(node: rabbitmq_node.Node) -> None:
    connection = connect(node.url("client"))
    heard: list[str] = []
    connection.add_on_connection_blocked_callback(lambda *_: heard.append("blocked"))
    connection.add_on_connection_unblocked_callback(lambda *_: heard.append("unblocked"))
    channel = connection.channel()
    channel.queue_declare("runoff.tasks.alarm", durable=True, arguments={"x-queue-type": "quorum"})
    node.memory_alarm(True)
    try:
        channel.basic_publish("", "runoff.tasks.alarm", b"x")
        connection.process_data_events(5)
    finally:
        node.memory_alarm(False)
    connection.process_data_events(5)
    connection.close()
    assert heard == ["blocked", "unblocked"]


@pytest.mark.parametrize(
    ("what", "forbidden"),
    [
        ("make a queue", lambda channel: channel.queue_declare("runoff.tasks.mine")),
        ("delete a queue", lambda channel: channel.queue_delete("runoff.tasks.given")),
        ("take from another's queue", lambda channel: channel.basic_get("runoff.reply.another")),
        ("publish past the reply exchange", lambda channel: publish_and_wait(channel, "", "runoff.tasks.given")),
    ],
)
def test_the_broker_forbids_a_worker_to(node: rabbitmq_node.Node, what: str, forbidden: object) -> None:
    channel = connect(node.url("client")).channel()
    channel.queue_declare("runoff.tasks.given", durable=True, arguments={"x-queue-type": "quorum"})
    channel.queue_declare("runoff.reply.another")
    worker = connect(node.url("worker")).channel()
    with pytest.raises(pika.exceptions.ChannelClosedByBroker) as refused:
        forbidden(worker)  # type: ignore[operator]
    assert refused.value.reply_code == 403, what


def publish_and_wait(channel: pika.adapters.blocking_connection.BlockingChannel, exchange: str, key: str) -> None:
    channel.basic_publish(exchange, key, b"x")
    channel.queue_declare("runoff.tasks.given", passive=True)  # the refusal comes before this answer


def test_nobody_gets_in_with_a_wrong_or_the_well_known_password(node: rabbitmq_node.Node) -> None:
    refused = rabbitmq.refusal(f"amqp://guest:guest@127.0.0.1:{node.port}/%2F")
    assert refused is not None
    assert "ACCESS_REFUSED" in refused
    assert rabbitmq.refusal(f"amqp://client:wrong@127.0.0.1:{node.port}/runoff") is not None


def test_secrets_are_in_no_file_and_no_command_line_but_the_cookies(node: rabbitmq_node.Node) -> None:
    secret = [password.encode() for password in node.passwords.values()]
    files = [path for path in node.folder.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if any(each in path.read_bytes() for each in secret)] == []
    command_lines = " ".join(" ".join(each.cmdline()) for each in tree(node.pids))
    assert not any(password in command_lines for password in node.passwords.values())
    assert (node.folder / "home" / ".erlang.cookie").stat().st_mode & 0o077 == 0


def test_a_given_url_is_taken_or_refused_and_nothing_else_instead(
    node: rabbitmq_node.Node, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNOFF_AMQP_URL", raising=False)
    taken = rabbitmq.obtain(node.url("client"), guard, False, print)
    assert isinstance(taken, rabbitmq.Broker)
    assert taken.node is None
    assert node.passwords["client"] not in taken.described
    assert "client:**@" in taken.described
    monkeypatch.setenv("RUNOFF_AMQP_URL", f"amqp://client:secret-word@127.0.0.1:{node.port}/runoff")
    with pytest.raises(BadInput, match="--amqp-url") as refused:
        rabbitmq.obtain(None, guard, False, print)
    assert "secret-word" not in str(refused.value)


def test_what_is_made_on_a_given_broker_for_peers_and_by_contenders_is_gone_afterwards(
    node: rabbitmq_node.Node, guard: Guard, tmp_path: Path
) -> None:
    def queues() -> set[str]:
        return set(node.control("list_queues", "-p", "runoff", "name").split()) - {"name"}

    def left() -> list[bool]:
        """Are the peer's queue and exchange there?"""
        channels = [connect(node.url("admin")).channel() for _ in range(2)]
        return [
            asked(lambda: channels[0].queue_declare("left", passive=True)),
            asked(lambda: channels[1].exchange_declare("left", passive=True)),
        ]

    before = queues()
    given = rabbitmq.obtain(node.url("admin"), guard, False, print)
    assert isinstance(given, rabbitmq.Broker)
    this = Interpreter("this", "cpython", sys.executable, {"python": "3", "version_info": list(sys.version_info)})
    environment = Environment(this, (sys.executable,), {}, {}, (), {}, frozenset())
    peer = {
        "module": "tests.fakes.peer",
        "packages": [],
        "over": ["rabbitmq"],
        "queues": ["left"],
        "exchanges": ["left"],
    }
    row = {"peer": "fake", "name": "Fake", "guarantees": "none", "share": 1, "alone": 0, "ours": "ours"}
    row["ask"] = ["--what", "makes", "--note", "left"]
    with ExitStack() as leaving:
        ground = peers.Resources(environment, given, tmp_path, guard, False, print, leaving)
        chosen = peers.gather(["fake"], 10, ground, {"peers": {"fake": peer}, "rows": [row]})
        assert chosen.skipped == {}
        assert left() == [True, True]
    assert left() == [False, False]
    with amqp_contenders.queues(given) as name:
        for contender in amqp_contenders.contenders(given, 40, name):
            run_contender.measure(contender, environment, guard)
        assert len([each for each in queues() if name in each]) == 4
    assert queues() == before | {"runoff.dead"}  # dead letters are kept, whoever's they are


def asked(what: Callable[[], object]) -> bool:
    """Did the broker do it?"""
    try:
        what()
    except pika.exceptions.ChannelClosedByBroker:
        return False
    return True


def test_one_that_listens_here_comes_before_a_private_one(
    node: rabbitmq_node.Node, guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNOFF_AMQP_URL", raising=False)
    monkeypatch.delenv("RUNOFF_RABBITMQ", raising=False)  # it would ask for a private one
    monkeypatch.setattr(rabbitmq, "LOCAL", node.url("client"))
    found = rabbitmq.obtain(None, guard, False, print)
    assert isinstance(found, rabbitmq.Broker)
    assert found.node is None
    assert found.described.endswith("found listening")


def test_without_one_a_private_node_is_started_for_the_roles_and_nothing_is_left_of_it(
    guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNOFF_AMQP_URL", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        closed = nobody.getsockname()[1]
    monkeypatch.setattr(rabbitmq, "LOCAL", f"amqp://guest:guest@127.0.0.1:{closed}/%2F")
    own = rabbitmq.obtain(None, guard, False, print)
    assert isinstance(own, rabbitmq.Broker)
    assert own.node is not None
    try:
        assert own.client != own.worker
        assert rabbitmq.refusal(own.client) is None
        assert rabbitmq.refusal(own.worker) is None
        processes = tree(own.node.pids)
        assert len(processes) >= 3, "the broker, its helpers and epmd"
        opened = [each for process in processes for each in process.net_connections("tcp") if each.status == "LISTEN"]
        ports = {own.node.port, *(each.laddr.port for each in opened)}
    finally:
        own.close()
    assert running(processes) == []
    assert not own.node.folder.exists()
    assert [port for port in ports if listening(port)] == []


def test_where_it_cannot_be_installed_the_exact_command_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(install.shutil, "which", lambda name: f"/usr/bin/{name}" if name == "apt-get" else None)
    program = tables.read("interpreters.toml")["programs"]["rabbitmq"]
    assert "sudo apt-get install -y rabbitmq-server" in str(install.provide(program, False, print))
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    assert "--amqp-url" in str(install.provide(program, False, print))
