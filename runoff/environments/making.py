# Run by the driver (Python 3.9 upward).
"""Fill a folder with an environment: packages, optional packages, the native module; then ask what it is."""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

from runoff.common import tables
from runoff.common.loose import Reply, Table
from runoff.environments import environment_tools, native_build, tools
from runoff.environments.environment import PrepareFailed
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.facts import ProbeFailed, probe

NATIVE = "native"  # the step that compiles the module


def row_of(interpreter: Interpreter, table: Table) -> Table:
    """Return the row of interpreters.toml that ``interpreter`` is prepared by; raise PrepareFailed."""
    for row in table["environments"]:
        if interpreter.family in row["families"] and any(
            fnmatch.fnmatch(interpreter.facts["python"], pattern) for pattern in row["python"]
        ):
            return {**row, "jars": [jar for jar in row.get("jars", ()) if os.path.exists(jar)]}
    python = interpreter.facts["python"]
    raise PrepareFailed(
        f"interpreters.toml has no environment for {interpreter.family} with Python {python}; add a row for it"
    )


def make(interpreter: Interpreter, row: Table, table: Table, folder: Path) -> Table:
    """Make an environment in ``folder`` and return what it is, plain data; raise PrepareFailed or ToolFailed."""
    log = folder / "runoff.log"
    command, variables = environment_tools.make_empty(row, interpreter, folder, log)
    if row["packages"]:
        tools.run(*environment_tools.install(row, interpreter, command, row["packages"], folder), log=log)
    return complete(interpreter, row, table, folder, (command, variables), {NATIVE, *table["modules"]})


def complete(
    interpreter: Interpreter,
    row: Table,
    table: Table,
    folder: Path,
    start: tuple[list[str], dict[str, str]],
    steps: Collection[str],
) -> Table:
    """Add optional packages and the native module, those that ``steps`` names; return what the environment is now.

    Raise PrepareFailed where it does not run, or lacks what is required.
    """
    log = folder / "runoff.log"
    command, variables = start
    optional = {word: row.get("optional", {}).get(word, []) for word in table["modules"]}
    wanted = {word: packages for word, packages in optional.items() if word in steps and packages}
    reasons = _install_optional(
        wanted,
        lambda packages: tools.run(
            *environment_tools.install(row, interpreter, command, packages, folder), log, table["optional_s"]
        ),
    )
    failed = list(reasons)
    reasons.update(row.get("lacking", {}))
    if NATIVE in steps:
        native = native_build.provide(command, variables, folder, interpreter, log, table)
        failed += [NATIVE] if NATIVE in native and not native_build.cannot_load(interpreter) else []
        reasons.update(native)
    modules = tuple(module for names in table["modules"].values() for module in names)
    required: list[str] = row["required"] if "required" in row else table["required"]
    try:
        facts = probe(command, (*required, *modules), variables, interpreter.start.probe)
    except ProbeFailed as failure:
        raise PrepareFailed(f"the finished environment does not run: {failure} (log: {log})") from None
    for name in required:
        if error := facts["modules"][name]["error"]:
            raise PrepareFailed(f"the finished environment lacks {name}: {error} (log: {log})")
    missing = _missing(facts, table, reasons)
    had = [each for word, names in optional.items() if word not in missing for each in names]
    installed = [*row["packages"], *(each for each in had if not each.startswith("-"))]
    return {
        "command": command,
        "variables": variables,
        "facts": facts,
        "missing": missing,
        "packages": installed,
        "failed": failed,
        "tried_at": time.time(),
        "compiles_with": compiles_with(facts),
    }


def _missing(facts: Reply, table: Table, reasons: dict[str, str]) -> dict[str, str]:
    """Return {word: why it is missing} for the words of which a module cannot be imported."""
    missing: dict[str, str] = {}
    for word, names in table["modules"].items():
        errors = [facts["modules"][name]["error"] for name in names if facts["modules"][name]["error"]]
        if errors:  # a failed installation explains more than a failed import
            missing[word] = reasons.get(word, errors[0])
    return missing


def compiles_with(facts: Reply) -> list[Any]:
    """Return what a person may have installed since a native module could not be compiled."""
    return [native_build.compiler(), "headers" in facts["capabilities"]]


def _install_optional(wanted: dict[str, list[str]], install: Callable[[list[str]], None]) -> dict[str, str]:
    """Install the packages of each word of ``wanted``; return {word: why they are missing}.

    All are tried at once, which is the quickest, and where that fails one word after another: only the cells that need
    what is missing are skipped.
    """
    if len(wanted) > 1:
        with suppress(tools.ToolFailed):
            install([package for packages in wanted.values() for package in packages])
            return {}
    reasons: dict[str, str] = {}
    for word, packages in wanted.items():
        try:
            install(packages)
        except tools.ToolFailed as failure:
            reasons[word] = str(failure)
    return reasons


@dataclass(frozen=True)
class Empty:
    """An environment without packages, and how to install into it."""

    command: list[str]
    variables: dict[str, str]
    #: returns the command and variables that install ``packages``, for tools.run
    install: Callable[[list[str]], tuple[list[str], dict[str, str]]]


def empty(interpreter: Interpreter, folder: Path, log: Path) -> Empty:
    """Make an environment without packages in ``folder``, as the interpreter's row says; raise PrepareFailed."""
    if interpreter.start.cut:
        raise PrepareFailed(f"{interpreter.facts['implementation']} lacks too much of the standard library")
    row = row_of(interpreter, tables.read("interpreters.toml"))
    try:
        command, variables = environment_tools.make_empty(row, interpreter, folder, log)
    except tools.ToolFailed as failure:
        raise PrepareFailed(str(failure)) from None
    return Empty(
        command, variables, lambda packages: environment_tools.install(row, interpreter, command, packages, folder)
    )
