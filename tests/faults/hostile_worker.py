# Run by pytest (Python 3.9 upward).
"""Real workers, each with a good client of its own, and a stranger on plain sockets who sends them what he likes."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pika
import psutil

from runoff.common.paths import ROOT
from runoff.environments import preparing
from runoff.interpreters import surroundings
from tests.helpers.expected import need
from tests.helpers.private_broker import own_queue
from transports import session
from transports.messages import codec_table, json_codec
from transports.wires.amqp import queues as amqp_queues

SPOKEN = codec_table.spoken()


def pack(tree: Any, codec: str) -> bytes:
    """Write ``tree`` by another hand than ours."""
    if codec == "json":
        return json.dumps(tree, ensure_ascii=False).encode("utf-8", "surrogatepass")
    import msgpack

    return bytes(msgpack.packb(tree, unicode_errors="surrogatepass"))


#: Those whose workers are tried where they are on the machine; ours, always, is None.
INTERPRETERS = (None, "cpython-2.7", "cpython-3.13", "cpython-3.13t", "pypy-3.11")


def how_to_run(found: Any, label: str | None) -> dict[str, Any]:
    """Return the options of a HostileWorker that the interpreter called ``label`` runs; skip the test without it."""
    if label is None:
        return {}
    environment = preparing.prepare(need(found, label))
    # PyPy touches its nursery once, which may have 240 MB: a test of memory could not tell that from growth.
    own = {**environment.variables, "PYPY_GC_NURSERY": "4M"}
    return {"command": environment.command, "variables": {**surroundings.for_interpreters(), **own}}


class HostileWorker:
    """A worker as a process, on its way up. command: the interpreter that runs it, ours unless another is given."""

    def __init__(
        self,
        url: str,
        kind: str,
        log: Path,
        command: Iterable[str] = (sys.executable,),
        variables: Mapping[str, str] | None = None,
        options: Iterable[str] = (),
    ) -> None:
        self.log = log
        with log.open("w") as stderr:
            self.process = subprocess.Popen(
                [*command, "-m", "transports.worker", url, "--kind", kind, *options],
                cwd=ROOT,
                env=variables,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )

    def address(self) -> str:
        """Wait until it is up; return where it listens, without the scheme."""
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert words, self.log.read_text()
        return words[1].partition("://")[2]

    def memory_bytes(self) -> int:
        """Return the resident memory of the worker and its children."""
        worker = psutil.Process(self.process.pid)
        return sum(process.memory_info().rss for process in [worker, *worker.children()])

    def check(self) -> None:
        """Assert that it is up and met nothing that it did not expect."""
        assert self.process.poll() is None, self.log.read_text()
        assert "Traceback" not in self.log.read_text(), self.log.read_text()

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


class Stranger:
    """Speaks to workers without our client: each frame goes to all of them, and their results come back."""

    def send(self, frame: bytes, answered: bool = True) -> None:
        """Send ``frame``; where nobody waits for its answer, a wire need not bring it."""
        raise NotImplementedError

    def receive(self, timeout_s: float) -> bytes | None:
        """Return the next frame, or None."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def results(self, count: int, timeout_s: float = 10.0) -> tuple[list[dict[str, Any]], list[str]]:
        """Return so many results, and the codes of the frames that were refused meanwhile.

        "by" in a result is the id of its worker.
        """
        found: list[dict[str, Any]] = []
        refused: list[str] = []
        until = time.monotonic() + timeout_s
        while len(found) + len(refused) < count and time.monotonic() < until:
            frame = self.receive(0.1)
            if frame is None:
                continue
            tree = json_codec.decode(frame, SPOKEN)
            if tree["kind"] == "error":
                refused.append(tree["error"]["code"])
            for item in tree.get("results", ()):
                assert item is not None
                assert json_codec.result_refusal(item) is None
                found.append({**item, "by": tree["worker"]["id"]})
        return found, refused

    def wait_for(self, identity: str, workers: int, timeout_s: float) -> None:
        """Wait for the result with this id of so many workers, whatever comes before it."""
        until = time.monotonic() + timeout_s
        by: set[str] = set()
        while len(by) < workers:
            assert time.monotonic() < until, f"{len(by)} of {workers} workers answered {identity!r}"
            frame = self.receive(0.1)
            if frame is not None and identity.encode() in frame:
                tree = json_codec.decode(frame, SPOKEN)
                by.update(tree["worker"]["id"] for item in tree.get("results", ()) if item["id"] == identity)


class ZeromqStranger(Stranger):
    def __init__(self, *addresses: str) -> None:
        import zmq

        self._poller = zmq.Poller()
        self._sockets = [zmq.Context.instance().socket(zmq.DEALER) for _ in addresses]
        for socket, address in zip(self._sockets, addresses):
            socket.linger = 0
            socket.connect(f"tcp://{address}")
            self._poller.register(socket, zmq.POLLIN)

    def send(self, frame: bytes, answered: bool = True) -> None:
        for socket in self._sockets:
            socket.send(frame)

    def receive(self, timeout_s: float) -> bytes | None:
        for socket, _ in self._poller.poll(int(timeout_s * 1000)):
            frame: bytes = socket.recv()
            return frame
        return None

    def close(self) -> None:
        for socket in self._sockets:
            socket.close()


class AmqpStranger(Stranger):
    """Somebody with a client's rights, whose messages reach each of ``queues``."""

    def __init__(self, url: str, queues: Sequence[str]) -> None:
        self._name = f"stranger-{os.urandom(8).hex()}"
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.queue_declare(f"runoff.reply.{self._name}")
        self._channel.queue_bind(f"runoff.reply.{self._name}", amqp_queues.REPLIES, self._name)
        for queue in queues:
            self._channel.queue_bind(queue, amqp_queues.TASKS, self._name)
        self._replies = self._channel.consume(f"runoff.reply.{self._name}", auto_ack=True, inactivity_timeout=0.05)

    def send(self, frame: bytes, answered: bool = True) -> None:
        reply_to = self._name if answered else "nobody"
        properties = pika.BasicProperties(reply_to=reply_to, delivery_mode=2)
        self._channel.basic_publish(amqp_queues.TASKS, self._name, frame, properties)

    def receive(self, timeout_s: float) -> bytes | None:
        until = time.monotonic() + timeout_s
        while True:
            body: bytes | None = next(self._replies)[2]
            if body is not None or time.monotonic() > until:
                return body

    def close(self) -> None:
        self._channel.queue_delete(f"runoff.reply.{self._name}")
        self._connection.close()


class Meeting:
    """Workers, the good client of each, and a stranger. worker, client: the first ones.

    ``leaving`` holds what is undone behind them.
    """

    def __init__(
        self,
        workers: Sequence[HostileWorker],
        clients: Sequence[session.Session],
        stranger: Stranger,
        leaving: contextlib.ExitStack,
    ) -> None:
        self._leaving = leaving
        for each in (*workers, *clients, stranger):
            leaving.callback(each.close)
        self.workers = workers
        self.clients = clients
        self.stranger = stranger
        self.worker = workers[0]
        self.client = clients[0]

    def go_on(self) -> None:
        """Have each good client poll, as it has to for its link; nothing comes that it did not ask for."""
        for client in self.clients:
            assert client.poll() == []

    def check(self) -> None:
        """Assert that each good client is served at once, and got nothing that it did not ask for."""
        expected = list(range(20))
        for worker, client in zip(self.workers, self.clients):
            assert client.map("noop", [[number] for number in expected], deadline_s=10) == expected
            assert (client.counts["unknown"], client.counts["lost"]) == (0, 0), client.problems
            worker.check()

    def close(self) -> None:
        """Close the stranger, the clients and the workers; each is closed even where one before it fails."""
        self._leaving.close()


def meet_over_zeromq(kinds: Sequence[str], folder: Path, **options: Any) -> Meeting:
    """Start a worker of each kind; their logs are in ``folder``, named as the kinds."""
    workers = [HostileWorker("zmq+tcp:127.0.0.1:*", kind, folder / kind, **options) for kind in kinds]
    addresses = [worker.address() for worker in workers]
    # No worker is stopped here, and one whose machine is busy must not be taken for stopped.
    clients = [session.connect(f"zmq+tcp:{address}?heartbeat=10").open() for address in addresses]
    for client in clients:
        client.wait_for_workers(1)
    return Meeting(workers, clients, ZeromqStranger(*addresses), contextlib.ExitStack())


def meet_over_amqp(node: Any, owner: str, kinds: Sequence[str], folder: Path, **options: Any) -> Meeting:
    """Start a worker of each kind at a durable queue of its own, whose name begins with ``owner``.

    Their logs are in ``folder``, one a kind.
    """
    leaving = contextlib.ExitStack()
    addressed = [f"?queue={leaving.enter_context(own_queue(node, owner))}" for _ in kinds]
    clients = [session.connect(node.url("client") + tail).open() for tail in addressed]
    for client in clients:
        client.wait_for_workers(1)  # the queue is there
    workers = [
        HostileWorker(node.url("worker") + tail, kind, folder / kind, **options) for tail, kind in zip(addressed, kinds)
    ]
    for worker in workers:
        worker.address()
    queues = [client.wire.task_queue for client in clients]
    return Meeting(workers, clients, AmqpStranger(node.url("admin"), queues), leaving)
