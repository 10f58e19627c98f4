# Run by the driver (Python 3.9 upward).
"""Hosts on this machine: network namespaces, each joined to a bridge in another one by a veth pair.

A namespace is held by a process that ends with its input, so the driver leaves none behind, however it ends. Where the
machine does not permit namespaces every host is this one.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from runoff.common.guard import Guard, unbroken
from runoff.common.paths import ROOT

NEEDED = ("ip", "unshare", "nsenter")
HOLD = "ip link set lo up && echo held && exec cat"
SUBNET = "10.91.0"  # of the bridge, which nothing else is joined to
BRIDGE, CABLE = "switch", "eth0"


@dataclass(frozen=True)
class Host:
    """A place to run commands: ``prefix`` comes before a command, ``address`` is what the other hosts reach.

    ``port`` is the bridge's end of its cable: its name, and the process that holds the bridge's namespace.
    """

    name: str
    address: str
    prefix: tuple[str, ...] = ()
    port: tuple[int, str] | None = None


def lacking() -> str | None:
    """Return why this machine permits no namespaces, or None."""
    missing = [name for name in NEEDED if not shutil.which(name)]
    if missing:
        return f"no {' and no '.join(missing)} (Debian: iproute2, util-linux)"
    tried = subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], capture_output=True, text=True)
    return None if tried.returncode == 0 else tried.stderr.strip() or "unshare --net failed"


@contextmanager
def joined(names: tuple[str, ...], guard: Guard) -> Iterator[dict[str, Host]]:
    """Yield {name: Host}, each a namespace of its own that reaches the others."""
    with ExitStack() as leaving:
        switch = leaving.enter_context(_held(guard))
        _ip(switch, "link", "add", BRIDGE, "type", "bridge")
        _ip(switch, "link", "set", BRIDGE, "up")
        hosts = {}
        for number, name in enumerate(names, 1):
            pid = leaving.enter_context(_held(guard))
            port = f"port{number}"
            _ip(switch, "link", "add", port, "type", "veth", "peer", "name", CABLE, "netns", str(pid))
            _ip(switch, "link", "set", port, "master", BRIDGE, "up")
            _ip(pid, "addr", "add", f"{SUBNET}.{number}/24", "dev", CABLE)
            _ip(pid, "link", "set", CABLE, "up")
            hosts[name] = Host(name, f"{SUBNET}.{number}", _inside(pid), (switch, port))
        yield hosts


@contextmanager
def unplugged(host: Host) -> Iterator[None]:
    """Cut ``host`` off from the others while the block runs: no packet passes, and nobody is told.

    The host's own interface stays up: the other end of its cable leaves the bridge.
    """
    assert host.port is not None
    switch, port = host.port
    _ip(switch, "link", "set", port, "nomaster")
    try:
        yield
    finally:
        _ip(switch, "link", "set", port, "master", BRIDGE)


def start(command: list[str], guard: Guard) -> subprocess.Popen[str]:
    """Start a program that ends with its input; the guard kills it where the driver cannot."""
    with unbroken():
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        guard.watch(process.pid)
    return process


@contextmanager
def _held(guard: Guard) -> Iterator[int]:
    """Yield the process that holds a new namespace."""
    process = start(["unshare", "--net", "sh", "-c", HOLD], guard)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
    finally:
        process.communicate()
        guard.release(process.pid)


def _inside(pid: int) -> tuple[str, ...]:
    return ("nsenter", f"--net=/proc/{pid}/ns/net")


def _ip(pid: int, *arguments: str) -> None:
    subprocess.run([*_inside(pid), "ip", *arguments], check=True, capture_output=True, text=True)
