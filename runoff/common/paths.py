# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""The folders of the project, and how a path is shown: no record names this machine's home folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent.parent.parent
# What is made there says where it is, so it is said without symbolic links, which may go.
NOX = Path(os.path.realpath(os.environ.get("RUNOFF_NOX_DIR", ROOT / ".nox")))
RESULTS = ROOT / "results"
MAKE_ROOM = "make room there, or set RUNOFF_NOX_DIR to a folder that can be written to"
#: What the task of a person's function reads. It holds inputs and answers, which may be private: not under results/.
WORKLOADS = NOX / "own" / "workloads"


def workload_file(digest: str, label: str) -> Path:
    """Return the file from which the interpreter called ``label`` reads a person's function."""
    return WORKLOADS / digest / f"{label}.json"


def _named() -> list[tuple[str, str]]:
    """Return the folders that have a short name, with it; a user need not have a home."""
    home = os.path.expanduser("~")
    return [(str(ROOT), "."), *([(home, "~")] if os.path.isabs(home) and home != os.sep else [])]


def shown(path: str | Path) -> str:
    """Return ``path`` with the home directory as ``~`` and the repository as ``.``."""
    text = str(path)
    for folder, name in _named():
        if text == folder or text.startswith(folder + os.sep):
            return name + text[len(folder) :]
    return text


def unwritable(error: OSError, folder: Path) -> str:
    """Say that something below ``folder``, which is NOX or in it, cannot be written, and what to do."""
    return f"{shown(error.filename or folder)}: {error.strerror}; {MAKE_ROOM}"


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an error of the system that names no file, as one of writing does not, name ``path``."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def scrub(value: object) -> object:
    """Return ``value`` (plain data) with the paths in every string replaced as in ``shown``."""
    return _changed(value, lambda text, folder, name: text.replace(folder, name))


def restored(value: object) -> object:
    """Return ``value`` (plain data) with the folders of this machine where ``scrub`` has replaced them."""

    def change(text: str, folder: str, name: str) -> str:
        return re.sub(rf"(?<![\w.~/]){re.escape(name)}", lambda _: folder, text)

    return _changed(value, change)


def _changed(value: object, change: Callable[[str, str, str], str]) -> object:
    if isinstance(value, str):
        for folder, name in _named():
            value = change(value, folder + os.sep, name + os.sep)
        return value
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _changed(item, change) for key, item in value.items()}
    return value
