# Run by the driver (Python 3.9 upward).
"""What an interpreter with its packages is, once it is prepared."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from runoff.common.loose import Reply
from runoff.interpreters.discover import Interpreter


class PrepareFailed(Exception):
    """An environment could not be made; the message holds the failed step and the tool's last output."""


@dataclass(frozen=True)
class Environment:
    """An interpreter with its packages; ``facts`` is the probe's reply from inside it."""

    interpreter: Interpreter
    command: tuple[str, ...]
    variables: dict[str, str]
    facts: Reply
    packages: tuple[str, ...]
    #: {capability: why this interpreter lacks it}, for the words that are not in ``capabilities``
    missing: dict[str, str]
    capabilities: frozenset[str]
    #: the variable that names the folders to import from
    path_variable: str = "PYTHONPATH"

    def importing_from(self, folder: Path) -> dict[str, str]:
        """Return ``variables`` with ``folder`` first among the folders that they name."""
        before = self.variables.get(self.path_variable)
        folders = [os.path.abspath(folder), *([before] if before else [])]
        return {**self.variables, self.path_variable: os.pathsep.join(folders)}
