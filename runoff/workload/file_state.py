# Run by the driver (Python 3.9 upward).
"""The state of a file, by which one can tell later whether it has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

MOST_BYTES = 2**16


def state(path: Path, most_bytes: float = MOST_BYTES) -> str:
    """Return a digest of the file at ``path``, or size and time of one that is larger than ``most_bytes``."""
    try:
        status = path.stat()
        if status.st_size > most_bytes:
            return f"{status.st_size} {status.st_mtime_ns}"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"  # whoever needs it complains
