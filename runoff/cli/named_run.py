# Run by the driver (Python 3.9 upward).
"""The run that a command is about: the one that is named, or the newest."""

from __future__ import annotations

import sys
from pathlib import Path

from runoff.records import record


def read(folder: Path | None) -> record.Run:
    """Read the run in ``folder``, or the newest under results/; then name on stderr those that cannot be read."""
    if folder is None:
        folder, unreadable = record.newest()
        for reason in unreadable:
            print(f"left out: {reason}", file=sys.stderr)
    return record.read(folder)
