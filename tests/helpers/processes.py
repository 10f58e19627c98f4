# Run by pytest (Python 3.9 upward).
"""What the tests ask of processes: do they run, who are their children, do they end in order."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

from transports.worker import DRAINED, GAVE_BACK

MEMORY_BYTES = 2**30


def alive(pid: int) -> bool:
    """Is ``pid`` a process that still runs (a zombie does not)?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def limit_memory(pids: list[int]) -> None:
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


def ends_with_its_children(worker: subprocess.Popen[str]) -> bool:
    """Does ``worker`` still run? Then SIGTERM ends it in order, and it leaves no child."""
    if worker.poll() is not None:
        return False
    children = children_of(worker.pid)
    worker.terminate()
    assert worker.wait(15) in (DRAINED, GAVE_BACK)
    assert not [pid for pid in children if alive(pid)]
    return True
