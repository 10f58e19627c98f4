# Run by the driver (Python 3.9 upward).
"""One environment for each peer and interpreter, made when first needed and again when its pins have changed."""

from __future__ import annotations

from typing import Callable

import uv

from runoff.common.paths import NOX
from runoff.environments import made_once, tools
from runoff.environments.environment import PrepareFailed
from runoff.interpreters.discover import Interpreter

PEERS = NOX / "peers"


def prepare(
    name: str, packages: list[str], install_s: float, interpreter: Interpreter, say: Callable[[str], None]
) -> tuple[str, ...]:
    """Return the command that starts ``interpreter`` with ``packages``; make the environment if need be.

    ``install_s`` is the timeout of a step. Raise PrepareFailed where the packages cannot be installed.
    """
    folder = PEERS / f"{name}-{interpreter.label}"
    python = tools.python_of(folder / "env")
    log = folder / "runoff.log"

    def make() -> None:
        say(f"{name}: making its environment, once: {' '.join(packages)}")
        command = [uv.find_uv_bin(), "venv", "--no-project", "--python", interpreter.executable, str(folder / "env")]
        tools.run(command, {}, log, install_s)
        tools.run([uv.find_uv_bin(), "pip", "install", "--python", str(python), *packages], {}, log, install_s)

    try:
        made_once.made(folder, [packages, interpreter.executable, interpreter.facts], make)
    except tools.ToolFailed as failure:
        raise PrepareFailed(str(failure)) from None
    return (str(python),)
