# Run by the driver (Python 3.9 upward).
"""The ways of one benchmark over several hosts: from a client to its worker, and from both to a broker.

Nothing leaves a host unencrypted by itself: programs talk to 127.0.0.1 there, and proxies carry that to the other host.
The proxy beside the program delays, loses and limits.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from runoff.benchmarks.hosts.network import Host, start
from runoff.common.errors import BadInput
from runoff.common.guard import Guard, kill_session
from runoff.environments.environment import Environment
from runoff.services.proxy import UNLIMITED
from runoff.services.rabbitmq import Broker
from transports import ready

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Way:
    """What a way is like: its delay there and back, and in each direction the share lost and the bytes a second."""

    delay_ms: float = 0.0
    loss: float = 0.0
    bytes_per_s: float = UNLIMITED


PLAIN = Way()


def on(host: Host, environment: Environment) -> Environment:
    """Return ``environment`` as it is started on ``host``."""
    return replace(environment, command=(*host.prefix, *environment.command))


@contextmanager
def proxy(host: Host, target: str, guard: Guard, listen: str = f"{LOOPBACK}:0", way: Way = PLAIN) -> Iterator[str]:
    """Run a proxy on ``host`` that is the ``way`` to ``target``; yield its address."""
    program = (sys.executable, "-m", "runoff.benchmarks.hosts.proxy_process", target, listen)
    numbers = (way.delay_ms / 2000, way.loss, way.bytes_per_s)
    process = start([*host.prefix, *program, *map(str, numbers)], guard)
    try:
        assert process.stdout is not None
        address = ready.read_ready(process.stdout.readline())
        if address is None:
            raise BadInput(f"no proxy to {target} on {host.name}, see above")
        yield address
    finally:
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=2)
        kill_session(process.pid)
        process.communicate()
        guard.release(process.pid)


@contextmanager
def to_worker(client: Host, worker: Host, address: str, way: Way, guard: Guard) -> Iterator[str]:
    """Yield where a client reaches the worker that listens at ``address`` of its host."""
    with (
        proxy(worker, address, guard, f"{worker.address}:0") as far,
        proxy(client, far, guard, way=way) as near,
    ):
        yield near


@contextmanager
def to_broker(hosts: dict[str, Host], broker: Broker, folder: Path, way: Way, guard: Guard) -> Iterator[Broker]:
    """Yield the broker as client and worker reach it from their hosts, each by a ``way`` of its own.

    The broker runs outside of the namespaces; a UNIX socket, which they share, leads from its host to it.
    """
    parts = urlsplit(broker.client)
    place = f"unix:{tempfile.mkdtemp(dir=folder)}/broker"  # a socket's file stays when its proxy is killed
    with ExitStack() as leaving:
        here = Host("the broker's machine", LOOPBACK)
        leaving.enter_context(proxy(here, f"{parts.hostname}:{parts.port}", guard, place))
        far = leaving.enter_context(proxy(hosts["broker"], place, guard, f"{hosts['broker'].address}:0"))
        near = leaving.enter_context(proxy(hosts["client"], far, guard, way=way))
        if hosts["worker"].prefix:  # another loopback interface, where the port is free
            leaving.enter_context(proxy(hosts["worker"], far, guard, near, way))
        client, worker, full = (_moved(url, near) for url in (broker.client, broker.worker, broker.one))
        yield Broker(client, worker, broker.described, full=full)


def _moved(url: str, address: str) -> str:
    """Return ``url`` with another HOST:PORT."""
    place = urlsplit(url).netloc
    return url.replace(place, f"{place.rpartition('@')[0]}@{address}", 1)
