# Run by the driver (Python 3.9 upward).
"""Progress while a command runs: one live line on a terminal, plain lines when piped."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

PLAIN_EVERY_S = 5.0
WIDE = 160  # columns


class Progress:
    """Cells done, the current one and the time left, on ``console``."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(Text(), console=console, transient=True, auto_refresh=False) if console.is_terminal else None
        self._last_plain = 0.0

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, done: int, total: int, current: str, left_s: float) -> None:
        """Show ``done`` of ``total`` invocations; ``left_s`` is the predicted time to the end."""
        line = f"{done:>4} of {total}  ETA {_clock(left_s)}  {current}"
        if self._live:
            width = 24
            filled = round(width * done / total) if total else width
            bar = Text("━" * filled, style="green") + Text("━" * (width - filled), style="dim")
            self._live.update(bar + Text(" " + line, overflow="ellipsis", no_wrap=True), refresh=True)
        elif time.monotonic() - self._last_plain >= PLAIN_EVERY_S:
            self._last_plain = time.monotonic()
            self._console.print(line)

    def say(self, message: str) -> None:
        """Print a line that stays."""
        self._console.print(message, soft_wrap=True)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def wide(console: Console) -> Console:
    """Return the console for tables: piped output has no width of its own, so it gets WIDE columns."""
    return console if console.is_terminal else Console(width=WIDE, highlight=False, markup=False)
