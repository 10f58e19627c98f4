# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Make folders once and use them then: complete or absent, and made again when moved or made from something else."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

from runoff.common import atomic_file
from runoff.common.lock import locked, unless_in_use
from runoff.common.loose import Data

STAMP = "runoff.json"
#: What an interpreter writes beside a module when it imports it, and may remove.
COMPILED = (".pyc", ".pyo", "$py.class")


def digest(made_from: Any) -> str:
    """Return the digest of plain data."""
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def made(folder: Path, made_from: Any, make: Callable[[], Any]) -> Any:
    """Return what ``make`` (plain data) returned when it filled ``folder``: now, or earlier from the same things.

    The stamp is written last, so that what ``make`` did not finish is made again. It holds where the folder is: a copy
    or a moved one, whose scripts and links lead elsewhere, is made again as well. So is one that somebody has removed
    a part of. Others wait while it is made.
    """
    identity = digest([made_from, str(folder.resolve())])
    stored = _read(folder, identity)
    if stored is None:
        with locked(folder):
            stored = _read(folder, identity)
            if stored is None:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True, exist_ok=True)
                stored = {"identity": identity, "result": make()}
                _write(folder, stored)
    return stored["result"]


def replace(folder: Path, result: Any) -> None:
    """Have ``made`` return ``result`` from now on: what is in ``folder`` was added to."""
    stored = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    _write(folder, {**stored, "result": result})


def forget(folder: Path) -> None:
    """Have ``folder`` made again the next time it is wanted."""
    (folder / STAMP).unlink(missing_ok=True)


def is_whole(folder: Path) -> bool:
    """Whether all is still there with which ``made`` filled ``folder``."""
    return _stored(folder) is not None


def sweep(folder: Path) -> None:
    """Remove what lies beside ``folder`` and nobody uses: what was made from other things before."""
    for other in folder.parent.iterdir():
        if other == folder or other.suffix == ".lock":
            continue
        if other.is_dir():
            with unless_in_use(other) as free:
                if free:
                    shutil.rmtree(other, ignore_errors=True)
        else:
            other.unlink(missing_ok=True)


def _write(folder: Path, stored: Data) -> None:
    atomic_file.write(folder / STAMP, json.dumps({**stored, "files": sum(1 for _ in _files(folder))}))


def _files(folder: str | Path) -> Iterator[str]:
    """Yield the files of ``folder``, and links to files, without the stamp and what interpreters compiled."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(entry.path)
            elif entry.is_file() and not entry.name.startswith(STAMP) and not entry.name.endswith(COMPILED):
                yield entry.path


def _read(folder: Path, identity: str) -> Data | None:
    stored = _stored(folder)
    return stored if stored and stored.get("identity") == identity else None


def _stored(folder: Path) -> Data | None:
    """Return the stamp of ``folder``; None where there is none, and where fewer files are left than were made."""
    try:
        stored = json.loads((folder / STAMP).read_text(encoding="utf-8"))
        if not isinstance(stored, dict) or "result" not in stored:
            return None
        return stored if sum(1 for _ in _files(folder)) >= stored.get("files", 0) else None
    except (OSError, ValueError):  # there is none, or it was cut short
        return None
