# Run by the driver (Python 3.9 upward).
"""From what a person types to a function and its inputs; every mistake is one sentence."""

from __future__ import annotations

import json
import os
import shlex
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from runoff.common.errors import BadInput
from runoff.common.loose import Data

FORMS = "PATH.py:NAME or package.module:NAME"
#: Where the input of a command line goes that does not read it from stdin.
PLACE = "{input}"
COMMAND = "command"
#: {the kind of a benchmark that somebody has: how it is named}
ADAPTERS = {"pyperf": "SCRIPT.py", "pytest": "TEST.py::NAME", "awfy": "FILE.py:CLASS"}


@dataclass(frozen=True)
class Target:
    """A function where it lies: nothing of it is copied."""

    #: the folder that is first in sys.path, as if Python were started there
    folder: str
    module: str
    #: None for the only benchmark of a pyperf script
    name: str | None
    #: the source file; None for a module that the interpreter's own path may hold
    file: str | None
    #: the kind of benchmark, of ADAPTERS, or COMMAND; None for a function
    adapter: str | None = None
    #: the benchmark's own arguments, or the words of a command line
    arguments: tuple[str, ...] = ()
    #: forget before each call what the function kept
    fresh: bool = False
    #: of a pyperf script: how many loops a call makes
    loops: int = 1

    def as_request(self) -> Data:
        """Return plain data for harness/own_function/gate.py."""
        return asdict(self)


def resolve(path: str | Path) -> Path:
    """Return ``path`` as the person's shell means it; nox runs in the folder of its noxfile."""
    path = Path(path).expanduser()
    from_shell = Path(os.environ.get("PWD", "."), path)
    # Path.resolve raises for a link to itself up to Python 3.12; here the caller says that there is no such file.
    return Path(os.path.realpath(from_shell if from_shell.exists() else path))


def parse(text: str, folder: str | None) -> Target:
    """Return the target that ``text`` names; raise BadInput where there is no such file."""
    where, colon, name = text.rpartition(":")
    if not colon or not where or not name.isidentifier():
        raise BadInput(f"{text!r} names no function; write {FORMS}")
    if where.endswith(".py"):
        path = resolve(where)
        if not path.is_file():
            raise BadInput(f"there is no file {where}; write {FORMS}")
        return _in_package(path, name)
    root = _root(folder)
    if not all(part.isidentifier() for part in where.split(".")):
        raise BadInput(f"{where!r} is no module; write {FORMS}")
    return Target(str(root), where, name, None)


def of_benchmark(adapter: str, text: str, name: str | None, arguments: tuple[str, ...], loops: int = 1) -> Target:
    """Return the benchmark that ``text`` names to ``adapter``; raise BadInput where there is no such file."""
    where, colon, own = text.partition({"pyperf": "\0", "pytest": "::", "awfy": ":"}[adapter])
    if not where.endswith(".py") or bool(colon) == (adapter == "pyperf") or (colon and not own.isidentifier()):
        raise BadInput(f"{text!r} names no benchmark; with --adapter {adapter} write {ADAPTERS[adapter]}")
    path = resolve(where)
    if not path.is_file():
        raise BadInput(f"there is no file {where}; with --adapter {adapter} write {ADAPTERS[adapter]}")
    found = _in_package(path, name if adapter == "pyperf" else own)
    return replace(found, adapter=adapter, arguments=arguments, loops=loops)


def of_command(text: str, folder: str | None, with_inputs: bool) -> Target:
    """Return the command line ``text``, which runs in ``folder``; raise BadInput where no call can be made of it."""
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadInput(f"--command {text!r} cannot be split into words: {error}; quote it as for a shell") from None
    if not words:
        raise BadInput("--command is empty; write the program and its arguments, as in --command 'orders.py {input}'")
    if not with_inputs and PLACE in text:
        raise BadInput(f"--command {text!r} has a place for an input; give some with --inputs FILE")
    root = _root(folder)
    files = [path for word in words if (path := root / word).is_file()]
    return Target(str(root), "", None, str(files[0]) if files else None, COMMAND, tuple(words))


def _root(folder: str | None) -> Path:
    """Return the folder that --path names, or the current one; raise BadInput where it is none."""
    root = resolve(folder or ".")
    if not root.is_dir():
        raise BadInput(f"--path {folder} is no folder; name one that is there, or leave out --path")
    return root


def _in_package(path: Path, name: str | None) -> Target:
    """Return the target with its package's full name, which relative imports need.

    What has a dot in its name, as orders.v2.py or a folder shop-1.2, is in no package: no import can name it.
    """
    parts = [path.stem.replace(".", "_")]
    folder = path.parent
    while "." not in path.stem and "." not in folder.name and (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return Target(str(folder), ".".join(parts), name, str(path))


def read_inputs(path: str | None, spread: bool) -> list[Any]:
    """Return the arguments of each call, from JSON lines; without a file one call without arguments."""
    if path is None:
        return [[]]
    try:
        text = resolve(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"the inputs cannot be read from {path}: {error}; name a text file in UTF-8") from None
    inputs = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise BadInput(f"line {number} of {path} is not JSON ({error}); write one JSON value a line") from None
        if spread and not isinstance(value, (list, dict)):
            raise BadInput(f"line {number} of {path} is no list and no object, which --spread needs; leave it out")
        inputs.append(value if spread else [value])
    if not inputs:
        raise BadInput(f"{path} holds no input; write one JSON value a line, or leave out --inputs")
    return inputs
