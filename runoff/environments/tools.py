# Run by the driver (Python 3.9 upward).
"""Run the programs that prepare environments, with a log and a timeout; some have an environment of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import uv

from runoff.common import stoppable
from runoff.common.loose import Table
from runoff.common.paths import NOX
from runoff.environments import made_once
from runoff.interpreters import surroundings

TOOLS = NOX / "tools"


class ToolFailed(Exception):
    """A program failed; the message holds its last output and the path of its log."""


def environment(tool: str, table: Table) -> Path:
    """Return the Python of an environment with one tool of the table alone; make it on first use."""
    folder = TOOLS / table["tools"][tool].replace("==", "-")
    python = python_of(folder / "env")

    def make() -> None:
        log = folder / "runoff.log"
        run([uv.find_uv_bin(), "venv", "--no-project", "--python", sys.executable, str(folder / "env")], {}, log)
        install = [uv.find_uv_bin(), "pip", "install", "--python", str(python), "setuptools"]
        run([*install, table["tools"][tool]], {}, log)

    made_once.made(folder, [table["tools"][tool], sys.version], make)
    return python


def python_of(folder: Path) -> Path:
    """Return the Python of the environment in ``folder``."""
    return folder / "Scripts" / "python.exe" if os.name == "nt" else folder / "bin" / "python"


def run(
    command: list[str], variables: dict[str, str], log: Path, limit_s: float | None = None, folder: Path | None = None
) -> None:
    """Run ``command`` with the tools' surroundings and ``variables``; raise ToolFailed with what it said last.

    It runs in ``folder``, or in the current one.
    """
    name = Path(command[0]).name
    with log.open("ab") as stream:
        stream.write(f"$ {' '.join(command)}\n".encode())
        stream.flush()
        try:
            ended = stoppable.run(
                command,
                limit_s,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**surroundings.for_tools(), **variables},
            )
        except subprocess.TimeoutExpired:
            raise ToolFailed(f"{name} did not end within {limit_s:.0f} s (log: {log})") from None
    if ended.returncode:
        raise ToolFailed(f"{name} failed: {_last_words(log)} (log: {log})")


def _last_words(log: Path) -> str:
    """Return the last line that names an error, which hints may follow; else the last line."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    lines = lines[max(at for at, line in enumerate(lines) if line.startswith("$ ")) + 1 :]
    lines = [line for line in lines if not line.startswith("hint:")]
    telling = [line for line in lines if re.search("error: |because", line, re.IGNORECASE)]
    return (telling or lines or ["no output"])[-1]
