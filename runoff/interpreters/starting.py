# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""How an executable is started, and which part of the harness asks and measures it: by the row of its family."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from runoff.common.loose import Data, Table
from runoff.common.paths import ROOT

PROBE = ROOT / "harness" / "probe.py"


@dataclass(frozen=True)
class Start:
    """One way to start an executable; ``cut`` is the folder of a harness for interpreters that cannot run the whole."""

    command: tuple[str, ...]
    cut: str | None = None

    @property
    def probe(self) -> Path:
        """The script that asks it who it is."""
        return ROOT / self.cut / "probe.py" if self.cut else PROBE

    @property
    def harness(self) -> tuple[str, ...]:
        """What follows the command to measure a cell, before the request and the reply."""
        return (str(ROOT / self.cut / "run.py"),) if self.cut else ("-m", "harness")

    @property
    def described(self) -> Data:
        """Return plain data, for the facts of an interpreter."""
        return {"command": list(self.command), "cut": self.cut}


def ways(executable: str, table: Table) -> list[Start]:
    """Return how ``executable`` may be started; the first that answers is the one."""
    row = _row(executable, table)
    starts = row.get("starts", [["{executable}"]])
    made = [tuple(word.format(root=ROOT, executable=executable) for word in words) for words in starts]
    return [Start(command, row.get("cut")) for command in made]


def of(executable: str, facts: Data) -> Start:
    """Return how an interpreter with ``facts`` is started."""
    known = facts.get("start", {"command": [executable], "cut": None})
    return Start(tuple(known["command"]), known["cut"])


def is_program(path: str, table: Table) -> bool:
    """Return whether ``path`` can be started: it is executable, or a file that another program is given."""
    return os.path.isfile(path) and (os.access(path, os.X_OK) or "starts" in _row(path, table))


def _row(executable: str, table: Table) -> Table:
    name = os.path.basename(executable)
    families = table["families"].values()
    return next((dict(row) for row in families if re.fullmatch(f"({row['names']})(\\.exe)?", name)), {})
