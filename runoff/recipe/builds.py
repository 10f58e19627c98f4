# Run by the driver (Python 3.9 upward).
"""Where the build of an interpreter comes from: read builds.toml."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from pathlib import Path

from runoff.common import tables
from runoff.common.errors import BadInput
from runoff.records.schema import Facts


@dataclass(frozen=True)
class Build:
    """How to get an interpreter: ``described`` names it, ``environment`` is the command that makes venv/."""

    described: str
    environment: str


def build_of(label: str, facts: Facts) -> Build:
    """Return the build of the interpreter with ``facts``; raise BadInput where no row of the table fits."""
    for row in tables.read("builds.toml", Path(__file__).parent)["builds"]:
        if (
            row["family"] == facts["family"]
            and row["free_threaded"] == bool(facts.get("free_threaded"))
            and fnmatch.fnmatch(facts["python"], row["python"])
        ):
            free = ", free-threaded" if row["free_threaded"] else ""
            described = f"{facts['implementation']} {facts['implementation_version']}{free}"
            if facts["implementation_version"] != facts["python_full"]:
                described += f" (Python {facts['python_full']})"
            return Build(described, row["environment"].format_map(facts))
    raise BadInput(
        f"runoff/recipe/builds.toml has no build of {label}; add a row for {facts['family']}, Python {facts['python']}"
    )
