# Run by the driver (Python 3.9 upward).
"""One place for a worker: who is in it now, how its predecessors ended, and when the next one starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from runoff.common.errors import BadInput, ending
from runoff.running import back_off
from runoff.running.status_reader import Reading

#: Exit codes of transports.worker: drained; given back what was left when the drain's time was over.
IN_ORDER = (0, 75)
UNUSABLE = 2  # it could not start
#: A worker that was not live for so long, or did not answer, is ended and started again.
UNWELL_S = 10.0
#: A worker that is not reachable so long after its start is ended as well.
START_S = 60.0


class Worker(Protocol):
    """A worker process, as a slot uses it."""

    @property
    def pid(self) -> int:
        """The process id."""

    @property
    def status(self) -> str | None:
        """Where it tells its status, HOST:PORT; None before it is reachable."""

    @property
    def last_line(self) -> str:
        """What it printed last."""

    def code(self) -> int | None:
        """Return its exit code; None while it runs."""

    def terminate(self) -> None:
        """Ask it to drain."""

    def close(self) -> None:
        """Kill it with all its children, and forget it."""


class Slot:
    """Keep a worker running. ``start()`` returns a new one; it is killed where a drain takes longer than ``drain_s``.

    ``uniform`` is random.Random's.
    """

    def __init__(
        self, number: int, start: Callable[[], Worker], drain_s: float, uniform: Callable[[float, float], float]
    ) -> None:
        self.number = number
        self._start = start
        self._drain_s = drain_s
        self._uniform = uniform
        self.worker: Worker | None = None
        self.reading: Reading | None = None  # the last one of this worker
        self.answers = True  # as it did the last time that it was asked
        self.rate = 0.0
        self.restarts = 0  # after a death
        self.recycled = 0  # after a drain of its own, as --max-tasks asks for
        self.deaths = 0  # in a row
        self.why = ""  # the last one died
        self.errors_before = 0  # of the predecessors
        self.due = 0.0  # when the next one starts
        self._began = 0.0
        self._read_at = 0.0
        self._well_at: float | None = None  # None before it is reachable
        self._kill_at: float | None = None
        self._unwell = False
        self._was_reachable = False

    @property
    def errors(self) -> int:
        """Tasks that ended in an error here."""
        return self.errors_before + (self.reading.errors if self.reading else 0)

    def state(self, now: float) -> str:
        """Return what a person is to know of this slot, in a few words."""
        if self.worker is None:
            if self.due <= now:
                return "ended"
            often = f"crash loop ({self.deaths} in a row)" if self.deaths >= back_off.LOOP else "died"
            return f"{often}: {self.why}; next start in {self.due - now:.1f} s"
        if self._kill_at is not None:
            return "drains"
        if not self.answers:
            return "does not answer"
        if self.reading is None:
            return "starts"
        return "ready" if self.reading.ready else "live, not ready" if self.reading.live else "not live"

    def turn(self, now: float, leaving: bool) -> None:
        """Start, replace or kill the worker, as it is time for. leaving: nobody is started any more."""
        if self.worker is None:
            if not leaving and now >= self.due:
                self.worker = self._start()
                self._began = self._read_at = now  # the rate counts from the start
                self._kill_at, self._unwell, self._well_at = None, False, None
            return
        if self.worker.status and self._well_at is None:
            self._well_at = now  # a start may take longer than it may be unwell
        code = self.worker.code()
        if code is not None:
            self._ended(code, now)
        elif self._kill_at is not None and now >= self._kill_at:
            self.worker.close()  # its code is seen at the next turn
        elif self._kill_at is None and self._is_overdue(now):
            self._unwell = True
            self.drain(now)

    def _is_overdue(self, now: float) -> bool:
        if self._well_at is None:
            return now - self._began > START_S
        return now - self._well_at > UNWELL_S

    def drain(self, now: float) -> None:
        """Ask the worker to drain; it is killed where that takes too long."""
        if self.worker is not None and self._kill_at is None:
            self.worker.terminate()
            self._kill_at = now + self._drain_s

    def close(self) -> None:
        """End the worker at once, where there is one."""
        if self.worker is not None:
            self.worker.close()
            self.worker = None

    def take(self, reading: Reading | None, now: float) -> None:
        """Take note of what the worker tells of itself; None: it did not answer."""
        self.answers = reading is not None
        if reading is None:
            self.rate = 0.0
            return
        before = self.reading.ended if self.reading else 0
        self.rate = max(0, reading.ended - before) / max(1e-3, now - self._read_at)
        self.reading = reading
        self._read_at = now
        if reading.live:
            self._well_at = now

    def _ended(self, code: int, now: float) -> None:
        """Take note of an end, and decide when the next worker starts."""
        worker = self.worker
        assert worker is not None
        self._was_reachable = self._was_reachable or worker.status is not None
        worker.close()
        self.worker = None
        self.errors_before = self.errors
        self.reading, self.answers, self.rate = None, True, 0.0
        if code == UNUSABLE and not self._was_reachable:
            raise BadInput(f"worker {self.number} did not start: {worker.last_line or 'no output'}")
        drained = self._kill_at is not None  # because it was asked to
        if not self._unwell and (drained or code in IN_ORDER):
            self.recycled += not drained
            self.deaths = 0
            self.due = now
            return
        self.deaths = 1 if now - self._began >= back_off.STABLE_S else self.deaths + 1
        self.why = "it was not live" if self._unwell else ending(code)
        self.restarts += 1
        self.due = now + back_off.pause_s(self.deaths, self._uniform)
