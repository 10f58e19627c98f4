# Run by the driver (Python 3.9 upward).
"""An environment per interpreter with the person's requirements alone; kept until they or the interpreter change."""

from __future__ import annotations

import re
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from runoff.common.loose import Data
from runoff.common.paths import NOX
from runoff.common.wording import counted
from runoff.environments import made_once, making, tools
from runoff.environments.environment import PrepareFailed
from runoff.interpreters.discover import Interpreter
from runoff.workload import fitting_versions, requirement_files

FOLDER = NOX / "own"
LIMIT_S = 900.0
#: What an environment is made with, and no requirement of anyone.
NOT_REQUIRED = ("pip", "setuptools", "wheel")
_BUILT = re.compile(r"^\s*(?:Built|Building wheel for) ([\w.-]+)", re.MULTILINE)


@dataclass(frozen=True)
class Installed:
    """What installing the requirements on one interpreter came to."""

    command: list[str]
    variables: dict[str, str]
    error: str | None
    seconds: float
    mib: float
    #: {distribution: version}
    versions: dict[str, str]
    #: distributions built from source; a later installation may find the wheel that was built
    built: list[str]
    modules: list[str]


class NotInstalled(Exception):
    """The requirements could not be installed. It is tried again: an index may have been out of reach."""

    def __init__(self, installed: Installed) -> None:
        self.installed = installed


def install(interpreter: Interpreter, requirements: Path | None) -> Installed:
    """Return the environment of ``interpreter`` with ``requirements``; make it where what they name has changed.

    A variant has its parent's, started in its own way.
    """
    if interpreter.variant and interpreter.parent:
        usual, variant = install(interpreter.parent, requirements), interpreter.variant
        command = [*usual.command, *variant.options]
        return replace(usual, command=command, variables={**usual.variables, **variant.surroundings})
    stored_as = sorted(each.name for each in fields(Installed))
    made_from = [stored_as, requirement_files.digest(requirements), interpreter.executable, interpreter.facts]
    folder = FOLDER / interpreter.label / made_once.digest(made_from)[:16]

    def make() -> Data:
        installed = _make(interpreter, requirements, folder)
        if installed.error is not None:
            raise NotInstalled(installed)
        return asdict(installed)

    try:
        return Installed(**made_once.made(folder, made_from, make))
    except NotInstalled as failure:
        return failure.installed


def _make(interpreter: Interpreter, requirements: Path | None, folder: Path) -> Installed:
    log = folder / "install.log"
    began = time.monotonic()
    command: list[str] = []
    variables: dict[str, str] = {}
    error = None
    try:
        empty = making.empty(interpreter, folder, log)
        command, variables = empty.command, empty.variables
        if requirements:
            installer = empty.install(["-r", str(requirements)])
            tools.run(*installer, log=log, limit_s=LIMIT_S, folder=requirements.parent)
    except (tools.ToolFailed, PrepareFailed) as failure:
        error = str(failure)
        pins = fitting_versions.failing_pins(error, requirements, interpreter) if requirements else []
        error = "; ".join([*pins, error])
    seconds = time.monotonic() - began
    versions, modules = _content(folder)
    said = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    built = sorted({name.split("==")[0] for name in _BUILT.findall(said)})
    return Installed(command, variables, error, seconds, size / 2**20, versions, built, modules)


def _content(folder: Path) -> tuple[dict[str, str], list[str]]:
    """Return the distributions in ``folder`` with their versions, and the modules that they bring."""
    versions: dict[str, str] = {}
    modules: set[str] = set()
    for info in folder.rglob("*.dist-info"):
        name, _, version = info.stem.partition("-")
        if name in NOT_REQUIRED or name.startswith("_"):
            continue
        versions[name] = version
        modules |= _modules(info)
    return versions, sorted(modules)


def _modules(info: Path) -> set[str]:
    """Return the importable top-level modules of one distribution, from the list of its files.

    One that has none, since all of it lies in namespaces, has the outermost packages there, with their dotted names.
    """
    record = info / "RECORD"
    if not record.exists():
        return set()
    found: set[str] = set()
    packages: set[tuple[str, ...]] = set()
    for line in record.read_text(encoding="utf-8").splitlines():
        *folders, name = line.split(",")[0].strip('"').split("/")
        if name == "__init__.py" and folders and all(map(str.isidentifier, folders)):
            packages.add(tuple(folders))
        elif not folders and name.endswith((".py", ".so", ".pyd")):
            found.add(name.split(".")[0])
    found |= {package[0] for package in packages if len(package) == 1}
    for package in () if found else sorted(packages, key=len):
        if not any(package[: len(outer)] == outer for outer in packages if len(outer) < len(package)):
            found.add(".".join(package))
    return {name for name in found if name.replace(".", "_").isidentifier() and not name.startswith("__")}


def described(installed: Installed) -> str:
    """Return one line on an installation that succeeded."""
    built = f", built from source: {', '.join(installed.built)}" if installed.built else ", all wheels"
    packages = len(installed.versions)
    return f"{counted(packages, 'package')}, {installed.mib:.0f} MiB{built if packages else ''}"
