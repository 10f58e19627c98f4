# Run by pytest (Python 3.9 upward).
"""Every document of the repository."""

from __future__ import annotations

import subprocess

from runoff.common.paths import ROOT

DOCUMENTS = sorted(
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
)
