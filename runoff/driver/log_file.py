# Run by the driver (Python 3.9 upward).
"""The log of an invocation: how much an interpreter may print, and how much of that is kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

KEPT_BYTES = 2**19  # of its beginning, and as many of its end: a run has hundreds of logs
MOST_BYTES = 2**28  # a function that logs a line in each call may print; one that would fill the disk is ended


def too_long(log: IO[bytes]) -> str | None:
    """Return why the process that prints into ``log`` is to be killed; None as long as it need not be."""
    if os.fstat(log.fileno()).st_size <= MOST_BYTES:
        return None
    return f"killed after it had printed {MOST_BYTES >> 20} MiB: let it print or log less"


def cut(path: Path) -> None:
    """Leave of a long log its beginning, its end, and between them a line that says how much is left out."""
    left_out = path.stat().st_size - 2 * KEPT_BYTES
    if left_out <= 0:
        return
    with path.open("rb+") as log:
        log.seek(-KEPT_BYTES, os.SEEK_END)
        end = log.read()
        log.seek(KEPT_BYTES)
        log.write(f"\n... {left_out} bytes are left out here ...\n".encode() + end)
        log.truncate()
