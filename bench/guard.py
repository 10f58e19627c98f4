# Run as a process of its own by the driver's Python; standard library only.
"""Kills what a killed driver leaves behind.

The driver writes "+PID" when it starts a process group and "-PID" when that group has ended; "+/PATH" and "-/PATH" for
a folder that must not outlive it. When the driver is gone, however it went, its end of the pipe closes, every group
still on the list is killed and every folder removed. A SIGKILL leaves the driver no other way to clean up.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
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

    def watch_folder(self, folder: Path) -> None:
        self._tell(f"+{folder.resolve()}\n")

    def release_folder(self, folder: Path) -> None:
        self._tell(f"-{folder.resolve()}\n")

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


def remove(folder: str) -> None:
    """``folder`` and all in it, a second long: a process that was killed a moment ago may be writing its last file."""
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.02)


def main() -> None:
    watched: set[str] = set()
    for line in sys.stdin:
        name = line[1:].rstrip("\n")
        if line.startswith("+"):
            watched.add(name)
        else:
            watched.discard(name)
    groups = {name for name in watched if name.isdigit()}
    for pid in groups:
        kill_group(int(pid))
    for folder in watched - groups:
        remove(folder)


if __name__ == "__main__":
    main()
