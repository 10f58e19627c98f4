# Run by the driver (Python 3.9 upward), and by noxfile.py with the standard library alone.
"""End the driver when nox, which started it, has ended in whatever way."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from pathlib import Path

#: Set for a child whose standard input is a pipe of its parent, which ends with it.
VARIABLE = "RUNOFF_ENDS_WITH_INPUT"

#: What a shell adds to the number of the signal that ended a command: 130 is a Ctrl-C.
BY_SIGNAL = 128


def run(command: list[str], folder: Path, variables: dict[str, str]) -> int:
    """Run a child that ends with this process; return its exit code, that of a shell where a signal ended it.

    Wait through a Ctrl-C, which it has heard too.
    """
    with subprocess.Popen(command, cwd=folder, env={**variables, VARIABLE: "1"}, stdin=subprocess.PIPE) as process:
        while True:
            try:
                code = process.wait()
            except KeyboardInterrupt:
                continue
            return code if code >= 0 else BY_SIGNAL - code


def end_with_parent() -> None:
    """Have this process end in order (SIGTERM) when the process that started it by ``run`` has ended."""
    if os.environ.get(VARIABLE):
        threading.Thread(target=_wait, daemon=True).start()


def _wait() -> None:
    while os.read(0, 1):
        pass
    signal.raise_signal(signal.SIGTERM) if os.name == "nt" else os.kill(os.getpid(), signal.SIGTERM)
