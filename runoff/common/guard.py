# Run by the driver (Python 3.9 upward), and as a process of its own.
"""Kill the processes and remove the folders that a killed driver leaves behind.

The driver writes a line "+PID" when it starts a process group (and session) and "-PID" when that has ended; +"/PATH"
and -"/PATH" for a folder that must not outlive it. A path is JSON: it may hold a line feed, or bytes that are no text.
When the driver ends in any way, its end of the pipe closes; then every group still on the list is killed and every
folder removed. After a SIGKILL nothing else could clean up.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Callable

import psutil

ENDED_WITHIN_S = 5.0
#: The signals that ask a process to end: Ctrl-C, a supervisor, and a terminal that is closed (not on Windows).
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Guard:
    """The driver's side of the guard process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C meant for the driver must not end the guard
        )

    def watch(self, pid: int) -> None:
        """Kill process group ``pid`` when the driver ends."""
        self._tell(f"+{pid}\n")

    def release(self, pid: int) -> None:
        """Forget process group ``pid``, which has ended."""
        self._tell(f"-{pid}\n")

    def watch_folder(self, folder: Path) -> None:
        """Remove ``folder`` when the driver ends."""
        self._tell(f"+{json.dumps(str(folder.resolve()))}\n")

    def release_folder(self, folder: Path) -> None:
        """Forget ``folder``, which has been removed."""
        self._tell(f"-{json.dumps(str(folder.resolve()))}\n")

    @contextmanager
    def running(
        self, command: Sequence[str], end: Callable[[int], None] | None = None, **options: Any
    ) -> Iterator[subprocess.Popen[Any]]:
        """Yield a process in a session of its own, of which nothing is left after the block or after the driver.

        ``end`` gets its id when the block ends, and kills: ``kill_group`` unless given. ``options`` are Popen's.
        """
        with ExitStack() as leaving:
            with unbroken():
                process = subprocess.Popen(command, start_new_session=True, **options)
                self.watch(process.pid)
                leaving.callback(self.release, process.pid)
                leaving.callback(process.wait)
                leaving.callback(end or kill_group, process.pid)
            yield process

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode("ascii"))
        self._process.stdin.flush()

    def close(self) -> None:
        """Let the guard clean up what is still watched, and wait for its end."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def unbroken() -> Iterator[None]:
    """Defer the signals that end us until the block ends, so that no started process goes unwatched.

    On a busy machine the block takes long. Only the main thread receives signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    handlers = {each: signal.getsignal(each) for each in ENDING}
    ours = {each: handler for each, handler in handlers.items() if callable(handler)}  # not what is ignored
    for each in ours:
        signal.signal(each, lambda number, _frame: heard.append(number))
    try:
        yield
    finally:
        for each, handler in ours.items():
            signal.signal(each, handler)
        if heard:
            signal.raise_signal(heard[0])


def kill_group(pid: int) -> None:
    """Kill process group ``pid`` with SIGKILL."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(pid, signal.SIGKILL)
        else:  # Windows: no groups, but a tree
            subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], capture_output=True, check=False)
    except (ProcessLookupError, PermissionError):
        pass  # it has ended already


def kill_session(pid: int) -> None:
    """Kill process group ``pid`` and every other group in the session that ``pid`` leads."""
    kill_group(pid)
    if hasattr(os, "getsid"):
        until = time.monotonic() + ENDED_WITHIN_S
        while (others := _in_session(pid)) and time.monotonic() < until:
            for each in others:
                try:
                    os.kill(each, signal.SIGKILL)
                except OSError:
                    pass  # it has ended already
            time.sleep(0.005)


def _in_session(pid: int) -> list[int]:
    """Return the processes in the session that ``pid`` leads, without zombies."""
    found = []
    for each in psutil.pids():
        try:
            if os.getsid(each) == pid and psutil.Process(each).status() != psutil.STATUS_ZOMBIE:
                found.append(each)
        except (OSError, psutil.Error):  # it has ended, or is another user's
            continue
    return found


def end_users(folder: str) -> None:
    """Kill every process whose TMPDIR is ``folder``: it was given to one tree, whatever sessions that has made."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("TMPDIR") == folder:
                process.kill()
        except (OSError, psutil.Error):
            continue  # it has ended, or is another user's


def remove(folder: str) -> None:
    """Remove ``folder`` after its last users; retry for a second, since a killed process may still write."""
    end_users(folder)
    for _ in range(50):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            return
        time.sleep(0.02)


def main() -> None:
    """Read the driver's lines to their end, then clean up."""
    watched: set[int | str] = set()
    for line in sys.stdin.buffer:  # as text it would depend on the variables of the shell
        name = json.loads(line[1:])
        if line.startswith(b"+"):
            watched.add(name)
        else:
            watched.discard(name)
    for name in watched:
        if isinstance(name, int):
            kill_session(name)
    for name in watched:
        if isinstance(name, str):
            remove(name)


if __name__ == "__main__":
    main()
