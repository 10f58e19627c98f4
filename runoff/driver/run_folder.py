# Run by the driver (Python 3.9 upward).
"""The folders that runs are written to."""

from __future__ import annotations

import os
import time
from pathlib import Path

from runoff.common.errors import BadInput
from runoff.common.paths import RESULTS, shown
from runoff.records import record


def check_writable(folder: Path | None) -> None:
    """Raise BadInput where results cannot be written to ``folder`` (default: results/)."""
    folder = folder or RESULTS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / f".writable-{os.getpid()}"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise BadInput(
            f"results cannot be written to {shown(folder)}: {error.strerror}; name another folder: --results"
        ) from None


def new(home: Path) -> Path:
    """Make and return a folder named by the present second."""
    name = time.strftime("%Y%m%d-%H%M%S")
    for suffix in ("", *(f"-{number}" for number in range(2, 100))):
        folder = home / f"{name}{suffix}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise BadInput(f"{home} cannot be written: {error.strerror}; name another folder: --results") from None
        return folder
    raise BadInput(f"{home} holds a hundred runs that began in this second; start again")


def to_resume(home: Path, finished_too: bool) -> Path:
    """Return the folder of the newest unfinished run, or of the newest one; raise BadInput where there is none."""
    folders = sorted(path.parent for path in home.glob(f"[0-9]*/{record.HEADER}"))
    for folder in reversed(folders):
        if finished_too or record.read_header(folder)["finished_at"] is None:
            return folder
    kind = "run" if finished_too else "unfinished run"
    raise BadInput(f"there is no {kind} in {shown(home)} to resume; leave out --resume to start one")
