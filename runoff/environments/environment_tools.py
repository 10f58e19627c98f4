# Run by the driver (Python 3.9 upward).
"""The ways to make an empty environment, and to install into one; a row of interpreters.toml names its ``tool``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import uv

from runoff.common import tables
from runoff.common.loose import Table
from runoff.common.paths import shown
from runoff.environments import tools
from runoff.environments.tools import ToolFailed
from runoff.interpreters.discover import Interpreter

UNPACKED = "packages"  # name of the folder of packages, where no environment can be made
#: A command and the variables that it runs with.
Command = tuple[list[str], dict[str, str]]


def make_empty(row: Table, interpreter: Interpreter, folder: Path, log: Path) -> Command:
    """Make an environment without packages in ``folder``; return how its Python is started. Raise ToolFailed."""
    return _TOOLS[row["tool"]](row, interpreter, folder, log)


def install(row: Table, interpreter: Interpreter, python: list[str], packages: list[str], folder: Path) -> Command:
    """Return the command that installs ``packages`` for ``python``, the start of the environment in ``folder``.

    Raise ToolFailed where nothing can be installed.
    """
    return _INSTALLERS[row["tool"]](interpreter, python, packages, folder)


def _with_uv(row: Table, interpreter: Interpreter, folder: Path, log: Path) -> Command:
    command = [uv.find_uv_bin(), "venv", "--clear", "--no-project", "--python", interpreter.executable]
    tools.run([*command, str(folder / "env")], {}, log)
    return [str(tools.python_of(folder / "env"))], {}


def _uv_install(interpreter: Interpreter, python: list[str], packages: list[str], folder: Path) -> Command:
    # A file of requirements may name a folder, whose build uv keeps until its pyproject.toml or setup.py changes.
    fresh = ["--refresh"] if "-r" in packages and not os.environ.get("UV_OFFLINE") else []  # it refuses both
    return [uv.find_uv_bin(), "pip", "install", *fresh, "--python", *python, *packages], {}


def _with_virtualenv(row: Table, interpreter: Interpreter, folder: Path, log: Path) -> Command:
    if not str(folder).isascii():
        raise ToolFailed(
            f"pip for Python 2 fails in a folder whose path has letters beyond ASCII, as {shown(folder)} has; move "
            "the checkout, or set RUNOFF_NOX_DIR to another folder"
        )
    tool = tools.environment("virtualenv", tables.read("interpreters.toml"))
    data = {"VIRTUALENV_OVERRIDE_APP_DATA": str(tools.TOOLS / "virtualenv-app-data")}
    tools.run([str(tool), "-m", "virtualenv", "--python", interpreter.executable, str(folder / "env")], data, log)
    return [str(tools.python_of(folder / "env"))], {}


def _pip_install(interpreter: Interpreter, python: list[str], packages: list[str], folder: Path) -> Command:
    # PIP_NO_COMPILE: pip 20.3 under PyPy 2 fails when the variable is set to anything true.
    quiet = {"PIP_NO_COMPILE": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_PYTHON_VERSION_WARNING": "1"}
    return [*python, "-m", "pip", "install", *packages], quiet


def _with_folder(row: Table, interpreter: Interpreter, folder: Path, log: Path) -> Command:
    return list(interpreter.start.command), {row["path"]: os.pathsep.join([str(folder / UNPACKED), *row["jars"]])}


def _with_nothing(row: Table, interpreter: Interpreter, folder: Path, log: Path) -> Command:
    return list(interpreter.start.command), {}


def _no_install(interpreter: Interpreter, python: list[str], packages: list[str], folder: Path) -> Command:
    raise ToolFailed(f"no package can be installed for this interpreter: {' '.join(packages)}")


def _unpack(interpreter: Interpreter, python: list[str], packages: list[str], folder: Path) -> Command:
    facts = interpreter.facts
    markers = {
        "python_version": facts["python"],
        "python_full_version": facts["python_full"],
        "platform_python_implementation": facts["implementation"],
        "implementation_name": facts["implementation"].lower(),
        "sys_platform": facts["platform"],
    }
    pip = [sys.executable, "-I", str(Path(__file__).with_name("foreign_pip.py")), json.dumps(markers)]
    where = ["--python-version", facts["python"], "--implementation", "py", "--abi", "none", "--platform", "any"]
    return [*pip, "install", "--target", str(folder / UNPACKED), "--only-binary=:all:", *where, *packages], {}


_TOOLS = {"uv": _with_uv, "virtualenv": _with_virtualenv, "folder": _with_folder, "none": _with_nothing}
_INSTALLERS = {"uv": _uv_install, "virtualenv": _pip_install, "folder": _unpack, "none": _no_install}
