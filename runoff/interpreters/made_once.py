# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Make folders once and use them then: complete or absent, and made again when moved or made from something else."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any, Callable

from runoff.common import atomic_file
from runoff.common.lock import locked, unless_in_use
from runoff.common.loose import Data

STAMP = "runoff.json"


def digest(made_from: Any) -> str:
    """Return the digest of plain data."""
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def made(folder: Path, made_from: Any, make: Callable[[], Any]) -> Any:
    """Return what ``make`` (plain data) returned when it filled ``folder``: now, or earlier from the same things.

    The stamp is written last, so that what ``make`` did not finish is made again. It holds where the folder is: a copy
    or a moved one, whose scripts and links lead elsewhere, is made again as well. Others wait while it is made.
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
                atomic_file.write(folder / STAMP, json.dumps(stored))
    return stored["result"]


def replace(folder: Path, result: Any) -> None:
    """Have ``made`` return ``result`` from now on: what is in ``folder`` was added to."""
    stored = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    atomic_file.write(folder / STAMP, json.dumps({**stored, "result": result}))


def forget(folder: Path) -> None:
    """Have ``folder`` made again the next time it is wanted."""
    (folder / STAMP).unlink(missing_ok=True)


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


def _read(folder: Path, identity: str) -> Data | None:
    try:
        stored = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there is none, or it was cut short: the folder is made again
        return None
    return dict(stored) if isinstance(stored, dict) and stored.get("identity") == identity else None
