# Run by the driver (Python 3.9 upward).
"""Memory and open descriptors of groups of processes, sampled over a soak."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import psutil

MOST = 400  # samples in a soak, evenly spread
LEAST_S = 0.5  # between two: each asks a dozen processes for their children


@dataclass
class Series:
    """[[seconds, size], ...] of a group."""

    memory_bytes: list[list[float]] = field(default_factory=list)
    descriptors: list[list[float]] = field(default_factory=list)


class Samples:
    """One Series for each group of a soak of ``seconds``."""

    def __init__(self, seconds: float) -> None:
        self.groups: dict[str, Series] = {}
        self._every_s = max(LEAST_S, seconds / MOST)
        self._due = 0.0

    def take(self, elapsed: float, groups: Mapping[str, Iterable[int]]) -> None:
        """Read each of ``groups``, {name: process ids}, with their children, where a sample is due.

        A group is left out while one of its processes is gone: its sum would say nothing of growth.
        """
        if elapsed < self._due:
            return
        self._due = elapsed + self._every_s
        for name, pids in groups.items():
            read = [_read(pid) for pid in pids]
            whole = [each for each in read if each is not None]
            if not whole or len(whole) < len(read):
                continue
            series = self.groups.setdefault(name, Series())
            series.memory_bytes.append([elapsed, float(sum(memory for memory, _ in whole))])
            series.descriptors.append([elapsed, float(sum(count for _, count in whole))])


def _read(pid: int) -> tuple[int, int] | None:
    """Return the resident bytes and the descriptors of a process and its children; None where it has gone.

    Of this process all others are children, so it is read alone.
    """
    try:
        process = psutil.Process(pid)
        family = [process, *(process.children(recursive=True) if pid != os.getpid() else ())]
        return sum(each.memory_info().rss for each in family), sum(each.num_fds() for each in family)
    except psutil.Error:
        return None
