# Run by the driver (Python 3.9 upward).
"""Progress while a command runs: a live board on a terminal, plain lines when piped."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Protocol

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

PLAIN_EVERY_S = 5.0
BOARD_EVERY_S = 45.0  # when piped
BAR = 24  # columns


class Row(Protocol):
    """One line of the board: who leads a work, by how much, and whether that is decided."""

    @property
    def work(self) -> str:
        """The task with its parameters."""

    @property
    def leader(self) -> str:
        """The interpreter and scenario that are ahead."""

    @property
    def ratio(self) -> str:
        """How far they are ahead, with its interval."""

    @property
    def state(self) -> str:
        """Whether that is decided, in words."""

    @property
    def settled(self) -> bool:
        """Whether that is decided."""


class Progress:
    """Invocations done, the current cell and the time left, below the standings so far, on ``console``."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(Text(), console=console, transient=True, auto_refresh=False) if console.is_terminal else None
        self._last_plain = 0.0
        self._last_board = time.monotonic()
        self._states: dict[str, str] = {}
        self._rows: Sequence[Row] = ()

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, done: int, total: int | None, current: str, left_s: float) -> None:
        """Show ``done`` of ``total`` invocations; ``left_s`` is the predicted time to the end.

        A ``total`` of None: nobody knows how many there will be, and ``left_s`` is the most that is left.
        """
        ahead = f"done, at most {clock(left_s)} left" if total is None else f"of {total}  ETA {clock(left_s)}"
        line = f"{done:>4} {ahead}  {current}"
        if self._live:
            bar = _bar(done / total) if total else Text()
            bottom = bar + Text(" " + line, overflow="ellipsis", no_wrap=True)
            self._live.update(Group(_board(self._rows), bottom) if self._rows else bottom, refresh=True)
        elif time.monotonic() - self._last_plain >= PLAIN_EVERY_S:
            self._last_plain = time.monotonic()
            self._console.print(line)

    def board(self, rows: Sequence[Row], after_s: float, left_s: float) -> None:
        """Keep the standings for the live board. When piped, print all rows now and then, and a row that is decided."""
        self._rows = rows
        if self._live:
            return
        due = time.monotonic() - self._last_board >= BOARD_EVERY_S
        lines = zip(rows, _lines(rows))
        news = [(row, line) for row, line in lines if due or (row.settled and self._states.get(row.work) != row.state)]
        if due:
            self._last_board = time.monotonic()
        if news:
            self._console.print(f"so far, after {clock(after_s)} (at most {clock(left_s)} left):")
        for row, line in news:
            self._states[row.work] = row.state
            self._console.print("  " + line, soft_wrap=True)

    def say(self, message: str) -> None:
        """Print a line that stays."""
        self._console.print(message, soft_wrap=True)


def _bar(share: float) -> Text:
    filled = round(BAR * share)
    return Text("━" * filled, style="green") + Text("━" * (BAR - filled), style="dim")


def _columns(rows: Sequence[Row]) -> list[tuple[str, str, str, str]]:
    """Return what the board shows of each row. Of a work that is the only one of its task, the task alone."""
    tasks = [row.work.partition("/")[0] for row in rows]
    count = Counter(tasks)
    return [
        (task if count[task] == 1 else row.work, row.leader, row.ratio, row.state) for task, row in zip(tasks, rows)
    ]


def _lines(rows: Sequence[Row]) -> list[str]:
    """Return the board as lines of text, whose columns stand below each other."""
    table = _columns(rows)
    widths = [max(map(len, column)) for column in zip(*table)]
    return ["  ".join(f"{text:<{width}}" for text, width in zip(texts, widths)).rstrip() for texts in table]


def _board(rows: Sequence[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("work", "leader", "times the next interpreter", "so far"):
        table.add_column(name, no_wrap=True, overflow="ellipsis")
    for texts in _columns(rows):
        table.add_row(*texts)
    return table


def clock(seconds: float) -> str:
    """Format seconds as minutes and seconds, 2:05, from an hour on with hours, 1:02:05."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
