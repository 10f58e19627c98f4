# Run by pytest (Python 3.9 upward), where Node and npm are present.
"""A worker in another language, which imports nothing of ours, keeps up its end over ZeroMQ and over RabbitMQ."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runoff.common.paths import ROOT
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.node_programs import needs_node
from transports import errors, session
from transports.messages import json_codec, strict_json, strict_msgpack

pytestmark = needs_node


@pytest.fixture(scope="module")
def program(node_peers: Path) -> Path:
    return node_peers / "worker" / "worker.js"


@contextmanager
def running(program: Path, *arguments: str) -> Iterator[str]:
    """The worker as a process; what it said when it was ready."""
    worker = subprocess.Popen(["node", str(program), *arguments], stdout=subprocess.PIPE, text=True)
    try:
        assert worker.stdout is not None
        yield worker.stdout.readline().strip()
    finally:
        worker.kill()
        worker.communicate()


def check(client: session.Session) -> None:
    """Right answers to a thousand tasks, structures unharmed, and each wrong task its code."""
    client.wait_for_workers(1)
    numbers = list(range(1000))
    assert client.map("noop", [(number,) for number in numbers], window=200) == numbers
    sent = ["grüße ☃ \U0001f600 \x00", None, True, 1.5, [[{}]], {"k": [b"\x00\xff", 2**60, -(2**53)]}]
    assert client.map("echo", [sent]) == [[sent, {}]]
    large = bytes(range(256)) * 4096
    assert client.map("echo", [[large]] * 4) == [[[large], {}]] * 4
    asked = {client.submit(name, ()): code for name, code in [("os.system", "E_UNKNOWN_TASK"), ("fail", "E_TASK")]}
    while asked:
        for outcome in client.poll(5.0):
            assert outcome.error["code"] == asked.pop(outcome.id)


def test_it_reads_every_vector_as_the_documents_say(program):
    vectors = str(ROOT / "docs" / "wire" / "vectors.json")
    run = subprocess.run(["node", str(program), "vectors", vectors], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(run.stdout.split()[0]) > 90


def results(address: str, frame: bytes, count: int) -> list[dict[str, Any]]:
    """Send ``frame`` to the worker at ``address``; return so many results, in frames that a client takes."""
    zmq = pytest.importorskip("zmq", reason="the driver's Python has no pyzmq: pip install pyzmq")
    with zmq.Context() as context, context.socket(zmq.DEALER) as socket:
        socket.linger, socket.rcvtimeo = 0, 10_000
        socket.connect(address)
        socket.send(frame)
        found: list[dict[str, Any]] = []
        while len(found) < count:
            found += json_codec.decode(socket.recv())["results"]
        return found


def test_an_id_has_sixty_four_characters_however_they_are_written(program):
    ids = ["\U0001f600" * length for length in (33, 64, 65)]
    tasks = [{"id": each, "name": "noop", "attempt": 0} for each in ids]
    with running(program, "zmq", "tcp://127.0.0.1:*") as ready:
        found = results(ready.partition(" ")[2], json_codec.control("tasks", client="c", tasks=tasks), 2)
    assert [(each["id"], each["error"]["code"]) for each in found] == [(each, "E_MALFORMED") for each in ids[:2]]


def test_results_that_are_too_large_together_travel_apart(program):
    def frame(length: int) -> bytes:
        tasks = [{"id": each, "name": "echo", "args": ["x" * length, "y" * length]} for each in "ab"]
        return json_codec.control("tasks", client="c", tasks=tasks)

    length = (strict_json.FRAME_BYTES - len(frame(0))) // 4
    with running(program, "zmq", "tcp://127.0.0.1:*") as ready:
        found = results(ready.partition(" ")[2], frame(length), 2)
    assert [each["result"] for each in found] == [[["x" * length, "y" * length], {}]] * 2


def test_it_answers_our_client_over_zeromq(program):
    pytest.importorskip("zmq", reason="the driver's Python has no pyzmq: pip install pyzmq")
    with (
        running(program, "zmq", "tcp://127.0.0.1:*") as ready,
        session.connect("zmq+tcp:" + ready.rpartition("/")[2]) as client,
    ):
        check(client)


@pytest.mark.skipif(strict_msgpack.usable() is not None, reason=f"no MessagePack here: {strict_msgpack.usable()}")
def test_it_refuses_a_codec_that_it_does_not_speak(program):
    pytest.importorskip("zmq", reason="the driver's Python has no pyzmq: pip install pyzmq")
    with (
        running(program, "zmq", "tcp://127.0.0.1:*") as ready,
        session.connect("zmq+tcp:" + ready.rpartition("/")[2] + "?codec=msgpack") as client,
        pytest.raises(errors.Unusable, match="E_CODEC: JSON alone"),
    ):
        client.wait_for_workers(1, 1.0)


@needs_rabbitmq
def test_it_answers_our_client_over_rabbitmq(program, node, queue):
    with session.connect(f"{node.url('client')}?queue={queue}") as client:
        client.wait_for_workers(1)
        with running(program, "amqp", node.url("worker"), queue) as ready:
            assert ready == "ready"
            check(client)
