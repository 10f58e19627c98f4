# Run by pytest (Python 3.9 upward).
"""A real worker with a good client of its own, and a stranger on a plain socket who sends it what he likes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pika
import psutil

from runoff.common.paths import ROOT
from runoff.interpreters import environments, surroundings
from tests.helpers.expected import need
from transports import session
from transports.messages import codec_table, json_codec

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
    environment = environments.prepare(need(found, label))
    return {"command": environment.command, "variables": {**surroundings.for_interpreters(), **environment.variables}}


class HostileWorker:
    """A worker as a process. command: the interpreter that runs it, ours unless another is given."""

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
        assert self.process.stdout is not None
        words = self.process.stdout.readline().split()
        assert words, log.read_text()
        self.address = words[1].partition("://")[2]

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
    """Speaks to a worker without our client: frames out, results in."""

    def send(self, frame: bytes) -> None:
        raise NotImplementedError

    def receive(self, timeout_s: float) -> bytes | None:
        """Return the next frame, or None."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def results(self, count: int, timeout_s: float = 10.0) -> tuple[list[dict[str, Any]], list[str]]:
        """Return so many results, and the codes of the frames that were refused meanwhile."""
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
            found += tree.get("results", ())
        assert all(item is not None and json_codec.result_refusal(item) is None for item in found)
        return found, refused

    def result_of(self, identity: str, timeout_s: float) -> dict[str, Any]:
        """Wait for the result with this id, whatever comes before it."""
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            for item in self.results(1, 1.0)[0]:
                if item["id"] == identity:
                    return item
        raise AssertionError(f"no result with the id {identity!r}")


class ZeromqStranger(Stranger):
    def __init__(self, address: str) -> None:
        import zmq

        self._socket = zmq.Context.instance().socket(zmq.DEALER)
        self._socket.linger = 0
        self._socket.connect(f"tcp://{address}")

    def send(self, frame: bytes) -> None:
        self._socket.send(frame)

    def receive(self, timeout_s: float) -> bytes | None:
        return self._socket.recv() if self._socket.poll(int(timeout_s * 1000)) else None

    def close(self) -> None:
        self._socket.close()


class AmqpStranger(Stranger):
    """Somebody with a client's rights."""

    def __init__(self, url: str, queue: str) -> None:
        self._queue = queue
        self._name = f"stranger-{queue}"
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self._channel = self._connection.channel()
        self._channel.queue_declare(f"runoff.reply.{self._name}")
        self._channel.queue_bind(f"runoff.reply.{self._name}", "runoff.replies", self._name)
        self._replies = self._channel.consume(f"runoff.reply.{self._name}", auto_ack=True, inactivity_timeout=0.05)

    def send(self, frame: bytes) -> None:
        properties = pika.BasicProperties(reply_to=self._name, delivery_mode=2)
        self._channel.basic_publish("runoff.tasks", f"{self._queue}.{self._name}", frame, properties)

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
    """One worker, its good client and a stranger."""

    def __init__(self, worker: HostileWorker, client: session.Session, stranger: Stranger) -> None:
        self.worker = worker
        self.client = client
        self.stranger = stranger

    def check(self) -> None:
        """Assert that the good client is served at once, and got nothing that it did not ask for."""
        expected = list(range(20))
        assert self.client.map("noop", [[number] for number in expected], deadline_s=10) == expected
        assert (self.client.counts["unknown"], self.client.counts["lost"]) == (0, 0), self.client.problems
        self.worker.check()

    def close(self) -> None:
        self.stranger.close()
        self.client.close()
        self.worker.close()


def meet_over_zeromq(kind: str, log: Path, **options: Any) -> Meeting:
    worker = HostileWorker("zmq+tcp:127.0.0.1:*", kind, log, **options)
    client = session.connect(f"zmq+tcp:{worker.address}").open()
    client.wait_for_workers(1)
    return Meeting(worker, client, ZeromqStranger(worker.address))


def meet_over_amqp(node: Any, queue: str, kind: str, log: Path, **options: Any) -> Meeting:
    client = session.connect(f"{node.url('client')}?queue={queue}").open()
    client.wait_for_workers(1)  # the queue is there
    worker = HostileWorker(f"{node.url('worker')}?queue={queue}", kind, log, **options)
    return Meeting(worker, client, AmqpStranger(node.url("admin"), queue))
