# Run by the driver (Python 3.9 upward).
"""Name the pins that an interpreter cannot have, each with the newest version that it could, as the index says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from runoff.interpreters import surroundings
from runoff.interpreters.discover import Interpreter

LIMIT_S = 30.0
_PIN = re.compile(r"^\s*([\w.-]+)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;#]+)", re.MULTILINE)
_VERSIONS = re.compile(r"^Available versions: (.+)$", re.MULTILINE)
#: {family: pip's name of the implementation}; any other has no compiled packages.
IMPLEMENTATIONS = {"cpython": "cp", "pypy": "pp"}


def failing_pins(error: str, requirements: Path, interpreter: Interpreter) -> list[str]:
    """Return a sentence on each pin that the installer's ``error`` names and that the index has not for it.

    An index that cannot be asked says nothing.
    """
    found = []
    for name, version in _PIN.findall(requirements.read_text(encoding="utf-8-sig", errors="replace")):
        if not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", error, re.IGNORECASE):
            continue
        versions = _versions(name, interpreter)
        if versions is not None and version not in versions:
            newest = f"the newest that fits is {versions[0]}" if versions else "no version of it fits"
            found.append(f"{name}=={version} is not for {interpreter.label}; {newest}")
    return found


def _versions(name: str, interpreter: Interpreter) -> list[str] | None:
    """Return the versions of a distribution that ``interpreter`` can have, newest first; None without an answer."""
    python = ["--python-version", interpreter.facts["python"]]
    kind = ["--implementation", IMPLEMENTATIONS.get(interpreter.family, "py")]
    try:
        run = subprocess.run(
            [sys.executable, "-m", "pip", "index", "versions", "-vv", "--retries", "0", *python, *kind, name],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            env={**surroundings.for_tools(), "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if listed := _VERSIONS.search(run.stdout):
        return listed[1].split(", ")
    # Without any version pip fails as it does without an index, but for what -vv says of connections.
    said = run.stdout + run.stderr
    return [] if "No matching distribution" in said and not re.search("connection error|SSL", said) else None
