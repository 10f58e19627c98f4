# Run by the driver (Python 3.9 upward).
"""A client that submits a task every 10 ms, as the driver follows it: when results came, what became of the tasks."""

from __future__ import annotations

import collections
import subprocess
import threading
import time
from dataclasses import dataclass, fields

from runoff.common.errors import BadInput

END_S = 90.0  # timeout for the last outcomes


@dataclass(frozen=True)
class TrickleCounts:
    """Tasks submitted, tasks that succeeded, and outcomes beyond a task's first."""

    submitted: int
    ok: int
    twice: int

    @property
    def lost(self) -> int:
        """Tasks without a result."""
        return self.submitted - self.ok


class Trickle:
    """``client`` runs contenders.steady.trickle, or one that prints the same; a thread reads it."""

    def __init__(self, client: subprocess.Popen[str]) -> None:
        self._client = client
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._client.stdout is not None
        for line in self._client.stdout:
            self._lines.append(line.strip())

    def results(self) -> list[float]:
        """Return when each result came, by the wall clock."""
        return [float(line.split()[0]) for line in self._lines if line.endswith(" ok")]

    def errors(self) -> dict[str, int]:
        """Return how many outcomes there were of each error code."""
        words = [line.split() for line in self._lines]
        return dict(collections.Counter(pair[1] for pair in words if len(pair) == 2 and pair[1] != "ok"))

    def wait_for_result(self, after: float, within_s: float, what: str) -> float:
        """Wait for the first result later than ``after``, and return when it came.

        Raise BadInput after ``within_s``, or when the client ended; ``what`` had happened then.
        """
        deadline = time.monotonic() + within_s
        while True:
            later = [moment for moment in self.results() if moment > after]
            if later:
                return later[0]
            if time.monotonic() > deadline or not self._reader.is_alive():
                raise BadInput(f"no result came after {what}")
            time.sleep(0.02)

    def finish(self, within_s: float = END_S) -> TrickleCounts:
        """Have it submit nothing more, wait until every task has its outcome, and return the counts.

        Raise BadInput where it prints none in time.
        """
        assert self._client.stdin is not None
        self._client.stdin.close()
        self._client.stdin = None  # else communicate() of its starter would flush it
        self._reader.join(within_s)
        words = self._lines[-1].split() if self._lines else []
        if self._reader.is_alive() or len(words) != len(fields(TrickleCounts)):
            raise BadInput(f"the client did not count its tasks within {within_s:.0f} s; see its output above")
        return TrickleCounts(*map(int, words))

    def longest_gap_s(self, since: float, until: float) -> float:
        """Return the longest time without a result from ``since`` to ``until``."""
        moments = [since, *(moment for moment in self.results() if since < moment < until), until]
        return max(later - earlier for earlier, later in zip(moments, moments[1:]))
