# Run by the driver (Python 3.9 upward).
"""Where the build of an interpreter comes from: read builds.toml."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.records.schema import Facts


@dataclass(frozen=True)
class Build:
    """How to get an interpreter, on a machine (``environment``) and in an image (``image``, ``install``)."""

    described: str
    environment: str
    image: str
    install: str


def build_of(label: str, facts: Facts) -> Build:
    """Return the build of the interpreter with ``facts``; raise BadInput where no row of the table fits."""
    for row in tables.read("builds.toml", Path(__file__).parent)["builds"]:
        if (
            row["family"] == facts["family"]
            and row["free_threaded"] == bool(facts.get("free_threaded"))
            and fnmatch.fnmatch(facts["python"], row["python"])
        ):
            known = {**facts, "uv": metadata.version("uv")}
            return Build(
                _described(facts),
                *(row[name].strip().format_map(known) for name in ("environment", "image", "install")),
            )
    raise BadInput(
        f"runoff/recipe/builds.toml has no build of {label}; add a row for {facts['family']}, Python {facts['python']}"
    )


def _described(facts: Facts) -> str:
    """Return PyPy 7.3.19 (Python 3.11.11), or CPython 3.13.5, free-threaded."""
    release, language = facts["implementation_version"], facts["python_full"]
    described = f"{facts['implementation']} {release}" + ("" if release == language else f" (Python {language})")
    return described + (", free-threaded" if facts.get("free_threaded") else "")
