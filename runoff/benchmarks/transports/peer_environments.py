# Run by the driver (Python 3.9 upward).
"""One environment for each peer and interpreter, made when first needed and again when its pins have changed."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import Callable

import uv

from runoff.common.paths import NOX
from runoff.interpreters import tools
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.environments import PrepareFailed

PEERS = NOX / "peers"


def prepare(
    name: str, packages: list[str], install_s: float, interpreter: Interpreter, say: Callable[[str], None]
) -> tuple[str, ...]:
    """Return the command that starts ``interpreter`` with ``packages``; make the environment if need be.

    ``install_s`` is the timeout of a step. Raise PrepareFailed where the packages cannot be installed.
    """
    folder = PEERS / f"{name}-{interpreter.label}"
    stamp = folder / "runoff.json"
    python = tools.python_of(folder / "env")
    made_from = json.dumps([packages, interpreter.executable, interpreter.facts], sort_keys=True)
    digest = hashlib.sha256(made_from.encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == digest:
        return (str(python),)
    say(f"{name}: making its environment, once: {' '.join(packages)}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = folder / "runoff.log"
    make = [uv.find_uv_bin(), "venv", "--no-project", "--python", interpreter.executable, str(folder / "env")]
    install = [uv.find_uv_bin(), "pip", "install", "--python", str(python), *packages]
    try:
        for command in (make, install):
            tools.run(command, {}, log, install_s)
    except tools.ToolFailed as failure:
        raise PrepareFailed(str(failure)) from None
    stamp.write_text(digest, encoding="utf-8")
    return (str(python),)
