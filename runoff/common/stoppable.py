# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Run programs whose end by a Ctrl-C is not taken for a failure of theirs.

Each runs in a session of its own, so that a terminal's Ctrl-C reaches this process alone. The block that waits for the
threads then ends the programs, and whoever waits for one gets a KeyboardInterrupt instead of an exit code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

_running: set[subprocess.Popen[Any]] = set()
_lock = threading.Lock()
_stopped = threading.Event()


@contextmanager
def stopping() -> Iterator[None]:
    """End all programs that other threads run where the block ends with an error or is interrupted."""
    _stopped.clear()
    try:
        yield
    except BaseException:
        with _lock:
            _stopped.set()
            for process in _running:
                _kill(process)
        raise


def run(command: Sequence[str], limit_s: float | None = None, **options: Any) -> subprocess.CompletedProcess[Any]:
    """Run ``command``; return how it ended. Raise TimeoutExpired after ``limit_s``; nothing of it is left then.

    ``options`` are Popen's.
    """
    with _lock:
        if _stopped.is_set():
            raise KeyboardInterrupt
        process = subprocess.Popen(command, start_new_session=True, **options)
        _running.add(process)
    try:
        output, errors = process.communicate(timeout=limit_s)
    except BaseException:
        _kill(process)
        process.wait()
        raise
    finally:
        with _lock:
            _running.discard(process)
    if _stopped.is_set():
        raise KeyboardInterrupt
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _kill(process: subprocess.Popen[Any]) -> None:
    """Kill a program with what it has started."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        pass  # it has ended already
