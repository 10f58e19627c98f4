# Run by the driver (Python 3.9 upward).
"""A worker as a process of a session of its own, so that a Ctrl-C in the terminal is the driver's to act on."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from runoff.common.guard import Guard, kill_session, unbroken
from runoff.common.paths import ROOT
from transports import ready


class WorkerProcess:
    """A worker that was started with ``command``.

    ``listens`` takes its address once it is reachable, ``say`` each other line that it prints; both on a thread.
    """

    def __init__(
        self,
        command: Sequence[str],
        variables: Mapping[str, str],
        guard: Guard,
        listens: Callable[[str], None],
        say: Callable[[str], None],
    ) -> None:
        self._guard = guard
        self._listens = listens
        self._say = say
        self.status: str | None = None
        self.last_line = ""
        with unbroken():
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            guard.watch(self._process.pid)
        assert self._process.stdout is not None
        self._reader = threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def code(self) -> int | None:
        """Return its exit code; None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to drain."""
        self._process.terminate()

    def close(self) -> None:
        """Kill it with all its children, and forget it."""
        kill_session(self._process.pid)
        self._process.wait()
        self._reader.join(1.0)
        self._guard.release(self._process.pid)

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            text = line.rstrip("\n")
            address = ready.read_ready(text) if self.status is None else None
            if address is not None:
                self._listens(address)
                self.status = ready.read_status(text)
                continue
            self.last_line = text
            self._say(text)
        stream.close()
