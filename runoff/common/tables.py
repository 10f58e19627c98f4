# Run by the driver (Python 3.9 upward), and by noxfile.py.
"""Read the tables that a person edits: every TOML file of the project is read here."""

from __future__ import annotations

import sys
from pathlib import Path

from runoff.common.loose import Table
from runoff.common.paths import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def read(name: str, folder: Path = ROOT) -> Table:
    """Read the TOML file ``name`` in ``folder``."""
    return dict(tomllib.loads((folder / name).read_text(encoding="utf-8")))
