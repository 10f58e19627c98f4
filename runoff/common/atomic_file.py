# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""Write files that other processes may read at any time, or that a killed process must not leave half written."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from runoff.common.paths import naming


def write(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` in one step, and make its folder: a reader finds all of it, or what was there before.

    Raise OSError where that fails; nothing is left of it then.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        with naming(path):
            partial.write_text(text, encoding="utf-8")
            partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise
