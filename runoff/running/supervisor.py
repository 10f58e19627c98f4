# Run by the driver (Python 3.9 upward).
"""Keep a set of workers running until asked to leave; then drain them, and at the second request end them at once."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Protocol

from runoff.common.errors import INTERRUPTED, OK
from runoff.common.guard import ENDING
from runoff.running import status_reader
from runoff.running.slot import Slot

TURN_S = 0.1
READ_EVERY_S = 1.0
MOST_AT_ONCE = 16  # status addresses that are read at the same time


class Load(Protocol):
    """What keeps the workers busy."""

    def stop(self) -> None:
        """Have it submit nothing more."""

    def has_ended(self) -> bool:
        """Return whether every task has its outcome."""


class Board(Protocol):
    """What shows the workers."""

    def show(self, slots: Sequence[Slot], now: float) -> None:
        """Show ``slots`` as they are at ``now``; called at every turn."""


class Requests:
    """Counts how often a person, or a supervisor of ours, asked us to leave."""

    def __init__(self) -> None:
        self.count = 0

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Handle the signals in the block; what is ignored, as SIGHUP below nohup, stays so."""
        heard = [each for each in ENDING if signal.getsignal(each) is not signal.SIG_IGN]
        before = {each: signal.signal(each, self._hear) for each in heard}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.count += 1


def supervise(
    slots: Sequence[Slot],
    begin_load: Callable[[], Load | None],
    board: Board,
    requests: Requests,
    now: Callable[[], float] = time.monotonic,
    wait: Callable[[float], object] = time.sleep,
) -> int:
    """Run ``slots`` until asked to leave, and until they have drained then; return the exit code.

    ``begin_load()`` is called when all workers listen; its load ends first. Whoever calls this closes what still runs.
    """
    load: Load | None = None
    begun = False
    read_at = now()
    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        while True:
            if requests.count > 1:
                return INTERRUPTED
            asked = requests.count > 0
            if asked and load is not None:
                load.stop()
            # Until the load has ended, a worker that leaves is replaced.
            leaving = asked and (load is None or load.has_ended())
            for slot in slots:
                slot.turn(now(), leaving)
                if leaving:
                    slot.drain(now())
            if not begun and not asked and all(slot.worker and slot.worker.status for slot in slots):
                begun, load = True, begin_load()
            if now() >= read_at:
                read_at = now() + READ_EVERY_S
                _read(slots, pool, now)
            board.show(slots, now())
            if leaving and not any(slot.worker for slot in slots):
                return OK
            wait(TURN_S)


def _read(slots: Sequence[Slot], pool: ThreadPoolExecutor, now: Callable[[], float]) -> None:
    """Ask every worker that tells its status for it."""
    asked = [(slot, slot.worker.status) for slot in slots if slot.worker and slot.worker.status]
    readings = pool.map(status_reader.read, [address for _, address in asked])
    for (slot, _), reading in zip(asked, readings):
        slot.take(reading, now())
