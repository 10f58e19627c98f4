"""Which broker is used, what is no broker, and the queues of one invocation."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from runoff.common.errors import BadInput
from runoff.services import rabbitmq
from transports.wires.amqp import queues

#: What a client that says "AMQP" may hear.
ANSWERS = {
    "nothing": b"",
    "http": b"HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
    "redis": b"-ERR unknown command 'AMQP'\r\n",
    "another protocol version": b"AMQP\x01\x01\x08\x00",
    "a method that there is not": b"\x01\x00\x00\x00\x00\x00\x04\x00\xff\x00\xff\xce",
    "a method that is cut off": b"\x01\x00\x00\x00\x00\x00\x0a\x00\x0a\x00\x0a\x00\x09\xff\xff\xff\xff\xce",
    "a frame without its end": b"\x01\x00\x00\x00\x00\x00\x04\x00\x0a\x00\x0a\x00",
    "a heartbeat": b"\x08\x00\x00\x00\x00\x00\x00\xce",
    "a body": b"\x03\x00\x01\x00\x00\x00\x01x\xce",
    "a frame of 4 GiB": b"\x01\x00\x00\xff\xff\xff\xff" + b"x" * 1000,
}


@pytest.fixture(params=ANSWERS)
def elsewhere(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of something that is no broker; it keeps the connection."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            kept.append(connection)
            connection.recv(8)
            connection.sendall(ANSWERS[request.param])

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"amqp://guest:secret@127.0.0.1:{server.getsockname()[1]}/"
        thread.join()
        for connection in kept:
            connection.close()


def test_what_is_no_broker_is_refused_with_a_sentence(elsewhere, monkeypatch):
    monkeypatch.setattr(rabbitmq, "ANSWER_S", 0.1)
    said = rabbitmq.refusal(elsewhere)
    assert said
    assert "\n" not in said
    assert "secret" not in said


def test_what_is_no_url_at_all_is_refused_with_a_sentence():
    assert rabbitmq.refusal("cluster,cluster").startswith("not an AMQP URL that can be used")


@pytest.fixture
def machine(monkeypatch):
    """machine(...) -> (what obtain returns, what was tried): a machine with such brokers; ``refused`` are URLs."""
    monkeypatch.delenv("RUNOFF_AMQP_URL", raising=False)
    monkeypatch.delenv(rabbitmq.rabbitmq_node.NAMED_BY, raising=False)

    def obtain(url=None, refused=(), missing=None, engine=None, starts=True, says=lambda _: None):
        tried = []

        class Own:
            """A node, a cluster or a container, by its name."""

            def __init__(self, kind):
                self.kind = kind

            def start(self):
                tried.append(f"{self.kind} started")
                if not starts:
                    raise rabbitmq.rabbitmq_node.NotReady("no memory")

            def stop(self):
                tried.append(f"{self.kind} stopped")

            def url(self, role):
                return f"amqp://{role}@{self.kind}/"

            def version(self):
                return "3.13"

        def refusal(asked):
            tried.append(rabbitmq.hidden(asked))
            return "it says no" if asked in refused else None

        monkeypatch.setattr(rabbitmq, "refusal", refusal)
        monkeypatch.setattr(rabbitmq, "provided", lambda *_: missing)
        monkeypatch.setattr(rabbitmq.rabbitmq_container, "engine", lambda: engine)
        monkeypatch.setattr(rabbitmq, "Container", lambda *_: Own("container"))
        monkeypatch.setattr(rabbitmq, "Cluster", lambda *_: Own("cluster"))
        monkeypatch.setattr(rabbitmq.rabbitmq_node, "Node", lambda *_: Own("node"))
        return rabbitmq.obtain(url, None, False, says), tried

    return obtain


GIVEN = "amqp://me:secret@broker.example/v"
SHOWN = "amqp://me:**@broker.example/v"
LOCAL = rabbitmq.hidden(rabbitmq.LOCAL)


def test_a_broker_that_is_given_is_the_one(machine, monkeypatch):
    broker, tried = machine(GIVEN)
    assert (broker.client, broker.worker, broker.own, tried) == (GIVEN, GIVEN, None, [SHOWN])
    assert "secret" not in broker.described
    monkeypatch.setenv("RUNOFF_AMQP_URL", "amqp://of:the@shell/v")
    assert machine(GIVEN)[0].client == GIVEN
    assert machine()[0].client == "amqp://of:the@shell/v"


def test_no_other_one_takes_the_place_of_a_broker_that_is_given(machine):
    with pytest.raises(BadInput, match=r"no broker at amqp://me:\*\*@broker.example/v: it says no"):
        machine(GIVEN, refused=[GIVEN])


def test_without_one_that_is_given_the_machines_own_is_asked_first(machine):
    broker, tried = machine()
    assert (broker.client, broker.own, tried) == (rabbitmq.LOCAL, None, [LOCAL])
    broker, tried = machine(refused=[rabbitmq.LOCAL])
    assert (broker.client, broker.worker, tried) == (
        "amqp://client@node/",
        "amqp://worker@node/",
        [LOCAL, "node started"],
    )
    broker.close()
    assert tried[-1] == "node stopped"


def test_a_release_that_is_named_is_started_whatever_listens_here(machine, monkeypatch):
    monkeypatch.setenv(rabbitmq.rabbitmq_node.NAMED_BY, "/opt/rabbitmq/sbin")
    assert machine()[1] == ["node started"]
    with pytest.raises(BadInput, match="the RabbitMQ in /opt/rabbitmq/sbin .* did not start: no memory"):
        machine(starts=False)


def test_a_container_is_for_where_no_server_can_be_had(machine):
    broker, tried = machine(refused=[rabbitmq.LOCAL], missing="apt-get install rabbitmq-server", engine="podman")
    assert (broker.admin, tried) == ("amqp://admin@container/", [LOCAL, "container started"])
    told, tried = machine(refused=[rabbitmq.LOCAL], missing="apt-get install rabbitmq-server")
    assert (told, tried) == ("apt-get install rabbitmq-server", [LOCAL])


@pytest.mark.parametrize(
    ("more", "kind"), [({}, "node"), ({"missing": "apt-get ...", "engine": "podman"}, "container")]
)
def test_one_of_ours_that_does_not_start_is_stopped_and_the_reason_told(machine, more, kind):
    told, tried = machine(refused=[rabbitmq.LOCAL], starts=False, **more)
    assert "did not start: no memory" in told
    assert tried == [LOCAL, f"{kind} started", f"{kind} stopped"]


def test_a_cluster_that_does_not_start_is_stopped(machine):
    assert machine("cluster")[0].client == "amqp://client@cluster/"
    with pytest.raises(BadInput, match="the private cluster did not start: no memory"):
        machine("cluster", starts=False)


def test_the_queues_of_an_invocation_are_its_own_and_gone_afterwards(monkeypatch):
    deleted = []
    broker = rabbitmq.Broker("amqps://c:secret@h/v?ca=x", "amqp://w:other@h/v", "a broker")
    monkeypatch.setattr(broker, "delete", lambda queues: deleted.append(set(queues)))
    names = []
    for _ in range(2):
        with broker.queue() as variables:
            (client, hint), (worker, _) = variables["RUNOFF_AMQP_CLIENT"], variables["RUNOFF_AMQP_WORKER"]
            name = worker.rpartition("client=")[2]
            names.append(name)
            assert client == f"amqps://c:secret@h/v?ca=x&queue={name}&client={name}"
            assert worker == f"amqp://w:other@h/v?queue={name}&client={name}"
            assert "secret" not in hint
            assert len(deleted) == len(names) - 1
        tasks = queues.task_queue(name)
        assert deleted[-1] == {tasks, tasks + queues.TRANSIENT, queues.reply_queue(name)}
    assert len(set(names)) == 2
