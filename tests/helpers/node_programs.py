# Run by pytest (Python 3.9 upward).
"""The programs of tests/node_peers with the two packages that they need."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from runoff.common.paths import ROOT

SOURCES = ROOT / "tests" / "node_peers"

needs_node = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="node and npm are not on this machine"
)


def installed(folder: Path) -> Path:
    """Copy the programs into ``folder``, install their packages there, and return where they are."""
    programs = folder / "programs"
    shutil.copytree(SOURCES, programs)
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"]
    run = subprocess.run(install, cwd=programs, capture_output=True, text=True, timeout=120, check=False)
    if run.returncode:
        pytest.skip(f"npm cannot install zeromq and amqplib here: {run.stderr.strip().splitlines()[-1]}")
    return programs
