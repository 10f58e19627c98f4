# Run by the driver (Python 3.9 upward).
"""Where workers and clients of a set meet: addresses of ZeroMQ workers, or a queue of a broker."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.services import rabbitmq

#: Environment variable of a worker or a client that holds its URL: a command line can be read by everyone.
URL = "RUNOFF_URL"
LAST_PORT = 65535
TRANSPORTS = ("amqp", "zmq+ipc", "zmq+tcp")


@dataclass(frozen=True)
class MeetingPlace:
    """Where workers are to be. ``port``: of the first one over zmq+tcp; ``broker``, ``queue``: over amqp."""

    transport: str
    port: int | None
    queue: str
    broker: str | None
    allow_sudo: bool


class Addresses:
    """``worker(number)``: the URL to start a worker with. ``client``: the URL for clients, once all workers listen."""

    def worker(self, number: int) -> str:
        """Return the URL for worker ``number``."""
        raise NotImplementedError

    def listens(self, number: int, address: str) -> None:
        """Take note that worker ``number`` listens at ``address``; its successor listens there as well."""

    def client(self) -> str:
        """Return the URL for clients, which may hold a password."""
        raise NotImplementedError

    def client_as_typed(self, folder: Path) -> str:
        """Return how a person gets the URL for clients; ``folder`` is private, and gone with the workers."""
        return self.client()


class ZeroMQ(Addresses):
    """Workers that listen at addresses of their own, under ``folder`` (ipc) or on the loopback interface (tcp)."""

    def __init__(self, scheme: str, count: int, port: int | None, folder: Path) -> None:
        self._scheme = scheme
        if scheme == "zmq+ipc":
            self._places = [str(folder / str(number)) for number in range(count)]
        else:
            self._places = [f"127.0.0.1:{port + number if port else '*'}" for number in range(count)]

    def worker(self, number: int) -> str:
        """Return the URL for worker ``number``."""
        return f"{self._scheme}:{self._places[number]}"

    def listens(self, number: int, address: str) -> None:
        """Take note that worker ``number`` listens at ``address``; its successor listens there as well."""
        self._places[number] = address.partition("://")[2]

    def client(self) -> str:
        """Return the URL for clients."""
        return f"{self._scheme}:{','.join(self._places)}"


class Queue(Addresses):
    """A queue of ``broker``."""

    def __init__(self, broker: rabbitmq.Broker, name: str) -> None:
        self._broker = broker
        self._name = name

    def worker(self, number: int) -> str:
        """Return the URL for every worker."""
        return self._with_queue(self._broker.worker)

    def client(self) -> str:
        """Return the URL for clients."""
        return self._with_queue(self._broker.client)

    def client_as_typed(self, folder: Path) -> str:
        """Return the given broker's URL without its password; of a broker of ours, the file that holds the URL."""
        if self._broker.own is None:
            return f"{rabbitmq.hidden(self._broker.client)}, queue {self._name}"
        path = folder / "client-url"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as stream:
            stream.write(self.client())
        return f'"$(cat {path})"'

    def _with_queue(self, url: str) -> str:
        return f"{url}{'&' if '?' in url else '?'}queue={self._name}"


def obtain(
    place: MeetingPlace, count: int, guard: Guard, leaving: ExitStack, say: Callable[[str], None]
) -> tuple[Addresses, Path]:
    """Return the addresses of ``count`` workers, and a private folder that ``leaving`` removes.

    Raise BadInput where there is no broker.
    """
    folder = Path(leaving.enter_context(tempfile.TemporaryDirectory(prefix="runoff-")))
    guard.watch_folder(folder)
    leaving.callback(guard.release_folder, folder)
    if place.broker and place.transport != "amqp":
        raise BadInput(f"--broker is for --transport amqp; leave it out with {place.transport}")
    if place.port and place.transport != "zmq+tcp":
        raise BadInput(f"--port is for --transport zmq+tcp; leave it out with {place.transport}")
    if place.port and place.port + count - 1 > LAST_PORT:
        raise BadInput(f"{count} workers from --port {place.port} on need ports beyond {LAST_PORT}; name a lower one")
    if not re.fullmatch(r"[\w-]{1,100}", place.queue, re.ASCII):
        raise BadInput(f"--queue {place.queue!r} is no name of a queue; use letters, digits, '_' and '-'")
    if place.transport != "amqp":
        return ZeroMQ(place.transport, count, place.port, folder), folder
    broker = rabbitmq.obtain(place.broker, guard, place.allow_sudo, say)
    if isinstance(broker, str):
        raise BadInput(f"no RabbitMQ: {broker}")
    leaving.callback(broker.close)
    say(f"amqp: {broker.described}, queue {place.queue}")
    return Queue(broker, place.queue), folder
