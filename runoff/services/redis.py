# Run by the driver (Python 3.9 upward).
"""A private Redis on the loopback interface, with its own port, password and folder; it leaves no trace."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Callable

from runoff.common import tables
from runoff.common.guard import Guard, kill_group, remove, unbroken
from runoff.interpreters import install, surroundings
from runoff.services.rabbitmq_node import free_ports

READY_WITHIN_S = 20.0


class NotReady(Exception):
    """The server did not start; the message is its last output."""


class Redis:
    """One server, from its construction until ``stop``."""

    def __init__(self, program: str, guard: Guard) -> None:
        self._guard = guard
        self._folder = Path(tempfile.mkdtemp(prefix="runoff-redis-"))
        guard.watch_folder(self._folder)
        self._password = secrets.token_urlsafe(18)
        (self.port,) = free_ports(1)
        configuration = self._folder / "redis.conf"  # other users could read a password among the arguments
        lines = [f"port {self.port}", "bind 127.0.0.1", 'save ""', "appendonly no", "daemonize no"]
        configuration.write_text("\n".join([*lines, f"dir {self._folder}", f"requirepass {self._password}", ""]))
        with (self._folder / "log").open("wb") as log, unbroken():
            self._process = subprocess.Popen(
                [program, str(configuration)],
                cwd=self._folder,
                env=surroundings.for_interpreters(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            guard.watch(self._process.pid)
        try:
            self._wait()
        except BaseException:
            self.stop()
            raise

    @property
    def url(self) -> str:
        """The URL of the server, with its password."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def stop(self) -> None:
        """Kill the server, which has nothing to save, and remove its folder."""
        kill_group(self._process.pid)
        self._process.wait()
        self._guard.release(self._process.pid)
        remove(str(self._folder))
        self._guard.release_folder(self._folder)

    def _wait(self) -> None:
        until = time.monotonic() + READY_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                said = (self._folder / "log").read_text(errors="replace").strip().splitlines()
                raise NotReady(said[-1] if said else "no output")
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\n".encode())
                return connection.recv(3) == b"+OK"
        except OSError:
            return False


def obtain(guard: Guard, allow_sudo: bool, say: Callable[[str], None]) -> Redis | str:
    """Return a private server, or the command by which a person can get one."""
    program = shutil.which("redis-server")
    if program is None:
        missing = install.provide(tables.read("interpreters.toml")["programs"]["redis"], allow_sudo, say)
        program = shutil.which("redis-server")
        if missing or program is None:
            return missing or "redis-server was installed and is not on PATH"
    try:
        return Redis(program, guard)
    except NotReady as failure:
        return f"a private Redis did not start: {failure}"
