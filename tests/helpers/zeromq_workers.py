# Run by pytest (Python 3.9 upward).
"""Worker processes over ZeroMQ that a test starts, signals and closes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from runoff.common.paths import ROOT
from tests.helpers.processes import ends_with_its_children

TASKS = "tests.inside.remote_tasks"


class Workers:
    """Worker processes at ipc addresses in ``folder``."""

    def __init__(self, folder: Path, scheme: str) -> None:
        self.folder = folder
        self.scheme = scheme
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.sockets: dict[str, Path] = {}  # their files, over ipc

    def start(
        self,
        name: str,
        kind: str = "thread",
        concurrency: int = 1,
        address: str | None = None,
        interpreter: Sequence[str] = (sys.executable,),
        environment: dict[str, str] | None = None,
        drain_s: float = 3.0,
    ) -> str:
        """The address, without the scheme, of a worker of ``interpreter`` that is ready."""
        where = address or (str(self.folder / name) if self.scheme == "zmq+ipc" else "127.0.0.1:*")
        command = [*interpreter, "-m", "transports.worker", f"{self.scheme}:{where}", "--kind", kind]
        process = subprocess.Popen(
            [*command, "--concurrency", str(concurrency), "--tasks", TASKS, "--drain-s", str(drain_s)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.processes[name] = process
        if self.scheme == "zmq+ipc":
            self.sockets[name] = Path(where)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("ready: "), line
        return line.split()[1].partition("://")[2]

    def signal(self, name: str, number: int) -> None:
        self.processes[name].send_signal(number)

    def close(self) -> None:
        """Those that still run are told to leave, and have to leave nothing behind."""
        try:
            for name, process in self.processes.items():
                process.send_signal(signal.SIGCONT)
                if ends_with_its_children(process) and name in self.sockets:
                    socket = self.sockets[name]
                    assert not list(socket.parent.glob(f"{socket.name}*"))
        finally:
            for process in self.processes.values():
                process.kill()
                process.communicate()
