# Run by the driver (Python 3.9 upward).
"""What a file of requirements names on this machine: the files that it includes, and packages that lie in folders.

An environment is made anew where any of them has changed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from runoff.workload.file_state import state

INCLUDES = ("-r", "--requirement", "-c", "--constraint")
PLACES = ("-e", "--editable", "-f", "--find-links")
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2")
#: What building a package leaves beside its source, and what is no part of it.
LEFT_BEHIND = re.compile(r"\..*|__pycache__|build|dist|node_modules|.*\.(egg-info|pyc|pyo|so|pyd|o)")


def digest(requirements: Path | None) -> str:
    """Return a digest of ``requirements`` and of what it names; empty without requirements."""
    if requirements is None:
        return ""
    found = hashlib.sha256()
    for path in _files(requirements, requirements.parent, []):
        name = os.path.relpath(path, requirements.parent)
        found.update(f"{name}\0{state(path)}\0".encode("utf-8", "surrogateescape"))
    return found.hexdigest()


def _files(requirements: Path, working: Path, seen: list[Path]) -> Iterator[Path]:
    """Yield ``requirements``, the files that it includes, and those of the packages in folders that it names.

    As for pip and uv, an included file is relative to the one that names it, a package to the ``working`` folder.
    """
    if requirements in seen:
        return
    seen.append(requirements)
    yield requirements
    try:
        text = requirements.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:  # the installer will say what is wrong with it
        return
    for words in _lines(text):
        for option, value in _named(words):
            if option in INCLUDES:
                if "://" not in value:
                    yield from _files(Path(os.path.normpath(requirements.parent / value)), working, seen)
            elif (place := _place(value, working, option in PLACES)) is not None:
                yield from _below(place)


def _lines(text: str) -> Iterator[list[str]]:
    """Yield the words of each line, without comments; a backslash at its end joins a line to the next."""
    for line in re.sub(r"\\\r?\n", " ", text).splitlines():
        said = re.sub(r"(^|\s)#.*", "", line)
        try:
            yield shlex.split(said)
        except ValueError:
            yield said.split()


def _named(words: list[str]) -> Iterator[tuple[str, str]]:
    """Yield (option, value) of the options in a line that name a place, and ("", word) of its other words."""
    options = (*INCLUDES, *PLACES)
    given = iter(words)
    for word in given:
        name, equals, value = word.partition("=")
        if word in options:
            yield word, next(given, "")
        elif equals and name in options:
            yield name, value
        elif word[:2] in options:
            yield word[:2], word[2:]
        elif not word.startswith("-"):
            yield "", word


def _place(value: str, working: Path, is_path: bool) -> Path | None:
    """Return where a requirement lies; None for one that an index has, and for a URL.

    ``is_path``: an option said that it is a path, so that it needs no separator to be taken for one.
    """
    value = re.sub(r"\[[^\]]*\]$", "", value.partition(";")[0])
    if value.startswith("file:"):
        value = unquote(urlsplit(value).path)
    is_path = is_path or os.sep in value or value.startswith(".") or value.endswith(ARCHIVES)
    if not value or not is_path or "://" in value:
        return None
    path = Path(os.path.normpath(working / value))
    return path if path.exists() else None


def _below(place: Path) -> Iterator[Path]:
    """Yield the files of a package, in one order."""
    if place.is_file():
        yield place
    for folder, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if not LEFT_BEHIND.fullmatch(name))
        yield from (Path(folder, name) for name in sorted(names) if not LEFT_BEHIND.fullmatch(name))
