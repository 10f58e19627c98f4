# Run by nox (Python 3.9 upward, the standard library alone).
"""Make the driver's own environment, which all sessions that drive share: complete or absent."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from runoff.common.errors import BadInput, ending
from runoff.common.paths import MAKE_ROOM, NOX, ROOT, unwritable
from runoff.environments import made_once
from runoff.interpreters import surroundings

#: Imports every module of the driver: what an installation left out is found now and not in the middle of a run.
TRY_IMPORTS = """
import importlib, pkgutil, runoff
for module in pkgutil.walk_packages(runoff.__path__, "runoff."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""

NO_ROOM = [os.strerror(number) for number in (errno.ENOSPC, errno.EROFS, errno.EACCES)]
OF_PACKAGES = "packages come from the index that pip is set up for: check the network, or set PIP_INDEX_URL"


def python(packages: Iterable[str], folder: Path = NOX / "driver") -> Path:
    """Return the Python of the driver's environment; make it where it is absent, moved, or made from other packages.

    Raise BadInput where it cannot be made.
    """
    executable = folder / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def make() -> None:
        print("preparing the driver (once) ...", flush=True)
        _make(executable, folder, packages)

    try:
        made_once.made(folder, [sorted(packages), sys.version], make)
    except OSError as error:
        raise BadInput(f"the driver's environment cannot be made: {unwritable(error, folder)}") from None
    return executable


def _make(executable: Path, folder: Path, packages: Iterable[str]) -> None:
    variables = {"PIP_RETRIES": "1", **surroundings.for_tools()}
    _run([sys.executable, "-m", "virtualenv", "--quiet", str(folder / "env")], variables)
    # A module is compiled when it is first imported: most of what is installed never is.
    _run([str(executable), "-m", "pip", "install", "-qq", "--no-compile", *packages], variables)
    _run([str(executable), "-c", TRY_IMPORTS], variables)


def _run(command: list[str], variables: dict[str, str]) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        telling = [line for line in said if line.lower().startswith("error")] or said or [ending(done.returncode)]
        no_room = any(reason in telling[-1] for reason in NO_ROOM)
        raise BadInput(
            f"the driver's environment cannot be made: {telling[-1]} (tried: {shlex.join(command[1:4])} ...); "
            f"{MAKE_ROOM if no_room else OF_PACKAGES}"
        )
