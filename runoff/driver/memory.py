# Run by the driver (Python 3.9 upward).
"""Memory of a whole process tree, read from outside, so that it works for every interpreter.

On Linux it is PSS from /proc/PID/smaps_rollup: a page shared by n processes counts as 1/n in each, so a sum over the
tree is right, where RSS counts shared pages once per process. Elsewhere it is RSS through psutil, and labelled so.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

SERIES = 1000
_PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)


class Sampler:
    """The highest memory over all ``sample`` calls, of the tree below ``pid`` and apart from it of ``broker``.

    A broker's memory is its own, so RSS equals PSS and does not stop it while its pages are counted.
    """

    def __init__(self, pid: int, broker: Iterable[int] = ()) -> None:
        self.pid = pid
        self._broker = [psutil.Process(pid) for pid in broker]
        self.peak_bytes = 0
        self.broker_peak_bytes = 0
        self.most_processes = 0
        self.samples = 0
        #: (seconds since the first sample, bytes), thinned out evenly so that there are never more than SERIES
        self.series: list[tuple[float, int]] = []
        self._every_s = 0.0
        self._began = time.monotonic()
        self.kind = "pss" if sys.platform == "linux" and Path("/proc/self/smaps_rollup").exists() else "rss"

    def sample(self) -> None:
        """Read the memory once; a process that ends meanwhile counts nothing."""
        total, count = _pss_of_tree(self.pid) if self.kind == "pss" else _rss_of_tree(self.pid)
        if count:
            self.samples += 1
            self.peak_bytes = max(self.peak_bytes, total)
            self.most_processes = max(self.most_processes, count)
            self._remember(total)
        broker_bytes = sum(process.memory_info().rss for process in self._broker)
        self.broker_peak_bytes = max(self.broker_peak_bytes, broker_bytes)

    def _remember(self, total: int) -> None:
        now = time.monotonic() - self._began
        if self.series and now - self.series[-1][0] < self._every_s:
            return
        self.series.append((round(now, 2), total))
        if len(self.series) >= SERIES:
            self.series = self.series[::2]
            self._every_s = 2 * now / SERIES


def _pss_of_tree(root: int) -> tuple[int, int]:
    total = count = 0
    pending = [root]
    while pending:
        pid = pending.pop()
        try:
            found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_bytes())
            # The kernel's own list of children: a walk over all of /proc would cost more than the reading.
            for task in Path(f"/proc/{pid}/task").iterdir():
                pending += [int(child) for child in (task / "children").read_bytes().split()]
        except (OSError, ValueError):  # it has ended meanwhile
            continue
        if found:
            total += int(found.group(1)) * 1024
            count += 1
    return total, count


def _rss_of_tree(root: int) -> tuple[int, int]:
    total = count = 0
    try:
        processes = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    except psutil.Error:
        return 0, 0
    for process in processes:
        try:
            total += process.memory_info().rss
            count += 1
        except psutil.Error:  # it has ended meanwhile
            continue
    return total, count
