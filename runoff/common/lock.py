# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Let one process at a time make a folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of ``folder``, a file beside it; wait for whoever holds it. It is free when its holder ends."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(folder.name + ".lock").open("a+b") as stream:
        if sys.platform == "win32":
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield  # closing the file frees it
