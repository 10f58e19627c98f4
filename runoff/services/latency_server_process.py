# Run by the driver (Python 3.9 upward).
"""Start and stop the latency server for one run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.guard import Guard, kill_group, unbroken
from runoff.common.paths import ROOT


class Server:
    """The latency server as a child of the driver; ``url`` is where it answers."""

    def __init__(self, guard: Guard, log: Path, port: int = 0) -> None:
        self._guard = guard
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as stream, unbroken():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "runoff.services.latency_server", "--port", str(port)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stream,
                text=True,
                start_new_session=True,
            )
            guard.watch(self._process.pid)
        assert self._process.stdout is not None
        answer = self._process.stdout.readline()
        if not answer.strip():
            self.close()
            complaint = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
            raise BadInput(f"the latency server did not start: {complaint}; choose another --server-port, or 0")
        self.port = int(answer)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def url(self, delay_ms: float) -> str:
        """Return the URL that answers after ``delay_ms``."""
        return f"http://127.0.0.1:{self.port}/{delay_ms:g}"

    def close(self) -> None:
        """Kill the server."""
        kill_group(self._process.pid)
        self._process.communicate()
        self._guard.release(self._process.pid)
