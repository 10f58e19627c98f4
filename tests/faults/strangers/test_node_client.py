# Run by pytest (Python 3.9 upward), where Node and npm are present.
"""A client in another language, whose author had docs/wire alone, and workers of ours that are killed under it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runoff.common.paths import ROOT
from runoff.services.rabbitmq_node import free_ports
from tests.helpers.expected import needs_rabbitmq
from tests.helpers.node_programs import needs_node
from transports.messages import json_codec

pytestmark = needs_node

COUNT = 1000
#: Where the first worker kills itself with SIGKILL: in its first task, and with its first results on their way.
POINTS = ("working", "replied")
WITHIN_S = 60


@contextmanager
def worker(url: str, *point: str) -> Iterator[Any]:
    """Yield (the process of a worker at ``url``, its address); with a point it kills itself there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.dying_worker", url, *point], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process, process.stdout.readline().split()[1]
    finally:
        process.kill()
        process.communicate()


class Client:
    """The client as a process; ``arguments`` say where workers are."""

    def __init__(self, programs: Path, *arguments: str, task: str = "noop") -> None:
        options = {"task": task, "count": COUNT, "in-flight": 200, "deadline": WITHIN_S}
        command = ["node", str(programs / "client" / "client.js"), *arguments]
        command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def report(self) -> dict[str, Any]:
        """Wait for its end; check that each task has one outcome, the right one; return its summary."""
        try:
            output, errors = self.process.communicate(timeout=WITHIN_S)
        finally:
            self.process.kill()
            self.process.communicate()
        assert self.process.returncode == 0, errors
        *outcomes, summary = [json.loads(line) for line in output.splitlines()]
        assert sorted(outcome["number"] for outcome in outcomes) == list(range(COUNT)), "lost, or delivered twice"
        assert [each for each in outcomes if each.get("result") != each["number"]] == []
        assert (summary["outcomes"], summary["done"], summary["malformed"]) == (COUNT, COUNT, 0), errors
        return dict(summary)


def test_it_reads_every_vector_as_the_documents_say(node_peers: Path) -> None:
    vectors = str(ROOT / "docs" / "wire" / "vectors.json")
    command = ["node", str(node_peers / "client" / "vectors.js"), vectors]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert int(run.stdout.split()[0]) > 150


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_costs_the_client_no_task_over_zeromq(node_peers: Path, point: str) -> None:
    """The second worker begins when the first one is dead: until then nobody is there."""
    pytest.importorskip("zmq", reason="the driver's Python has no pyzmq: pip install pyzmq")
    second = f"tcp://127.0.0.1:{free_ports(1)[0]}"
    with worker("zmq+tcp:127.0.0.1:*", point, "1") as (victim, first):
        client = Client(node_peers, "--zmq", first, "--zmq", second)
        assert victim.wait(WITHIN_S) == -signal.SIGKILL
        with worker("zmq+" + second.replace("//", "")):
            summary = client.report()
    assert summary["resent"] > 0 or point == "replied", "the client sent again what had no result"


@needs_rabbitmq
@pytest.mark.parametrize("point", POINTS)
def test_a_killed_worker_costs_the_client_no_task_over_rabbitmq(
    node: Any, node_peers: Path, queue: str, point: str
) -> None:
    url = f"{node.url('worker')}?queue={queue}"
    with worker(url, point, "1") as (victim, _):
        client = Client(node_peers, "--amqp", node.url("client"), "--queue", queue)
        assert victim.wait(WITHIN_S) == -signal.SIGKILL
        with worker(url):
            summary = client.report()
    assert summary["resent"] == 0, "the broker handed them out again, not the client"


def test_the_first_beat_behind_a_task_does_not_count(node_peers: Path) -> None:
    """A worker that the test plays says twice that it holds nothing, before it answers: one beat may be older."""
    zmq = pytest.importorskip("zmq", reason="the driver's Python has no pyzmq: pip install pyzmq")
    with zmq.Context() as context, context.socket(zmq.ROUTER) as socket:
        socket.linger, socket.rcvtimeo = 0, WITHIN_S * 1000
        client = Client(node_peers, "--zmq", f"tcp://127.0.0.1:{socket.bind_to_random_port('tcp://127.0.0.1')}")

        def say(kind: str, **fields: Any) -> None:
            socket.send_multipart([sender, json_codec.control(kind, **fields)])

        answered: set[str] = set()
        try:
            while len(answered) < COUNT:
                sender, frame = socket.recv_multipart()
                tree = json_codec.decode(frame)
                if tree["kind"] == "hello":
                    say("welcome", worker={}, credit=COUNT, concurrency=1, codec="json")
                for _ in range(2 if tree["kind"] == "tasks" else 0):
                    say("beat", held=[])
                tasks = tree.get("tasks", [])
                results = [{"id": task["id"], "status": "ok", "result": task["args"][0]} for task in tasks]
                say("results", results=results)
                answered.update(task["id"] for task in tasks)
            summary = client.report()
        finally:
            client.process.kill()
    assert (summary["resent"], summary["duplicates"]) == (0, 0)
