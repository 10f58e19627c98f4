# Run by the driver (Python 3.9 upward).
"""The workers as they are now: a live table on a terminal, a plain line now and then when piped."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from runoff.common.printed_table import printed_table
from runoff.common.wording import short, size
from runoff.running.slot import Slot

PLAIN_EVERY_S = 5.0


class Board:
    """``title`` stands above the table."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._live = Live(Text(), console=console, auto_refresh=False) if console.is_terminal else None
        self._plain_at = 0.0
        self._said = ""

    def __enter__(self) -> Board:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def say(self, line: str) -> None:
        """Print a line that stays."""
        self._console.print(line, soft_wrap=True)

    def show(self, slots: Sequence[Slot], now: float) -> None:
        """Show ``slots``. When piped, print the totals every few seconds, and at once what became of a worker."""
        if self._live:
            self._live.update(table(self._title, slots, now), refresh=True)
            return
        states = " ".join(slot.state(now).partition(":")[0] for slot in slots)
        if now >= self._plain_at or states != self._said:
            self._plain_at, self._said = now + PLAIN_EVERY_S, states
            self.say(line(slots, now))


def table(title: str, slots: Sequence[Slot], now: float) -> Table:
    """Return a row for each worker, and the totals; a terminal of 80 columns has room for it."""
    drawn = printed_table(title, show_footer=True, pad_edge=False, padding=(0, 1, 0, 0))
    total = Totals(slots)
    for name, footer, right in (
        ("worker", "all", True),
        ("tasks/s", short(total.rate), True),
        ("in flight", str(total.in_flight), True),
        ("errors", str(total.errors), True),
        ("restarts", str(total.restarts), True),
        ("recycled", str(total.recycled), True),
        ("memory", size(total.memory), True),
        ("state", "", False),
    ):
        drawn.add_column(name, footer=footer, justify="right" if right else "left", no_wrap=right)
    for slot in slots:
        reading = slot.reading
        drawn.add_row(
            str(slot.number),
            short(slot.rate),
            str(reading.in_flight) if reading else "-",
            str(slot.errors),
            str(slot.restarts),
            str(slot.recycled),
            size(reading.memory_bytes) if reading and reading.memory_bytes else "-",
            slot.state(now),
        )
    return drawn


def line(slots: Sequence[Slot], now: float) -> str:
    """Return the totals in one line, and what is not ready."""
    total = Totals(slots)
    ready = sum(slot.answers and slot.reading is not None and slot.reading.ready for slot in slots)
    text = (
        f"{ready} of {len(slots)} workers ready  {short(total.rate)} tasks/s  in flight {total.in_flight}  "
        f"errors {total.errors}  restarts {total.restarts}  recycled {total.recycled}  memory {size(total.memory)}"
    )
    others = [f"{slot.number} {slot.state(now)}" for slot in slots if slot.state(now) != "ready"]
    return "; ".join([text, *others])


class Totals:
    """The sums over all slots."""

    def __init__(self, slots: Sequence[Slot]) -> None:
        readings = [slot.reading for slot in slots if slot.reading]
        self.rate = sum(slot.rate for slot in slots)
        self.in_flight = sum(reading.in_flight for reading in readings)
        self.errors = sum(slot.errors for slot in slots)
        self.restarts = sum(slot.restarts for slot in slots)
        self.recycled = sum(slot.recycled for slot in slots)
        self.memory = sum(reading.memory_bytes or 0 for reading in readings)
