# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Let one process at a time make a folder or write a file, and keep a folder while others use it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

#: Where Windows locks, whose locks keep others from reading: no file of ours is as long.
LOCKED_BYTE = 2**30


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the lock of ``folder``, a file beside it; wait for whoever holds it. It is free when its holder ends."""
    with _opened(folder) as stream:
        if sys.platform == "win32":
            os.lseek(stream.fileno(), LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield  # closing the file frees it


def keep(folder: Path) -> IO[bytes]:
    """Hold ``folder`` together with others who use it, until the file that is returned is closed."""
    stream = _opened(folder)
    if sys.platform != "win32":  # there, a file in use cannot be removed
        fcntl.flock(stream, fcntl.LOCK_SH)
    return stream


@contextmanager
def unless_in_use(folder: Path) -> Iterator[bool]:
    """Hold the lock of ``folder`` if nobody else holds it; say whether that is so."""
    with _opened(folder) as stream:
        yield take(stream.fileno())


def take(descriptor: int) -> bool:
    """Hold the lock of an open file until it is closed; return False where another holds it."""
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, LOCKED_BYTE, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:
        pass  # a file system without locks
    return True


def _opened(folder: Path) -> IO[bytes]:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder.with_name(folder.name + ".lock").open("a+b")
