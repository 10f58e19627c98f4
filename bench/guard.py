# Run as a process of its own by the driver's Python; standard library only.
"""Kills what a killed driver leaves behind.

The driver writes "+PID" when it starts a process group and "-PID" when that group has ended. When the driver is gone,
however it went, its end of the pipe closes, and every group still on the list is killed. A SIGKILL leaves the driver no
other way to clean up after itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path


class Guard:
    """The driver's side."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C meant for the driver must not end the guard
        )

    def watch(self, pid: int) -> None:
        self._tell(f"+{pid}\n")

    def release(self, pid: int) -> None:
        self._tell(f"-{pid}\n")

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode())
        self._process.stdin.flush()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def kill_group(pid: int) -> None:
    """End process group ``pid`` and all in it, at once."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:  # Windows: no groups, but a tree
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], capture_output=True, check=False)
    except (ProcessLookupError, PermissionError):
        pass  # it has ended already


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line.startswith("+"):
            groups.add(pid)
        else:
            groups.discard(pid)
    for pid in groups:
        kill_group(pid)


if __name__ == "__main__":
    main()
