# Run by the driver (Python 3.9 upward).
"""One environment per interpreter, with its family's pins and the native module; made again only after a change."""

from __future__ import annotations

import fnmatch
import os
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Callable

from runoff.common import lock, stoppable, tables
from runoff.common.loose import Reply, Table
from runoff.common.paths import NOX, shown, unwritable
from runoff.interpreters import environment_tools, made_once, native_build, tools
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.facts import IDENTITY, Cache, ProbeFailed, probe, probe_source
from runoff.interpreters.variants import Variant

ENVIRONMENTS = NOX / "envs"
#: After it a step that failed is tried again: the network may have been away. It may take optional_s, so not each time.
RETRY_S = 3600.0
NATIVE = "native"  # the step that compiles the module
FORM = 2  # of what is stored of an environment; one of another form is made again
#: Locks of the environments that this process uses, until it ends.
_in_use: dict[Path, IO[bytes]] = {}


class PrepareFailed(Exception):
    """An environment could not be made; the message holds the failed step and the tool's last output."""


@dataclass(frozen=True)
class Environment:
    """An interpreter with its packages; ``facts`` is the probe's reply from inside it."""

    interpreter: Interpreter
    command: tuple[str, ...]
    variables: dict[str, str]
    facts: Reply
    packages: tuple[str, ...]
    #: {capability: why this interpreter lacks it}, for the words that are not in ``capabilities``
    missing: dict[str, str]
    capabilities: frozenset[str]
    #: the variable that names the folders to import from
    path_variable: str = "PYTHONPATH"

    def importing_from(self, folder: Path) -> dict[str, str]:
        """Return ``variables`` with ``folder`` first among the folders that they name."""
        before = self.variables.get(self.path_variable)
        folders = [os.path.abspath(folder), *([before] if before else [])]
        return {**self.variables, self.path_variable: os.pathsep.join(folders)}


def prepare(interpreter: Interpreter, table: Table | None = None) -> Environment:
    """Return the environment of ``interpreter``; make it where there is none, or where its sources changed.

    Raise PrepareFailed. A native module that cannot be compiled is no failure but a missing capability. A variant
    without packages of its own shares the environment of its parent.
    """
    table = table or tables.read("interpreters.toml")
    if interpreter.variant and interpreter.parent:
        shared = replace(interpreter, variant=None) if interpreter.variant.packages else interpreter.parent
        ready = _prepare(shared, table, interpreter.variant.packages)
        return _started_as(interpreter.variant, replace(ready, interpreter=interpreter))
    return _prepare(interpreter, table, ())


def _started_as(variant: Variant, environment: Environment) -> Environment:
    """Return ``environment`` as ``variant`` starts it; raise PrepareFailed where that does not do what it is for."""
    command = (*environment.command, *variant.options)
    variables = {**environment.variables, **variant.surroundings}
    try:
        facts = probe(list(command), (), variables, environment.interpreter.start.probe)
    except ProbeFailed as failure:
        raise PrepareFailed(f"it does not start with {variant.in_words}: {failure}") from None
    if problem := variant.not_engaged(facts):
        raise PrepareFailed(f"{variant.in_words} did not engage: {problem}")
    capabilities = (environment.capabilities - set(environment.facts["capabilities"])) | set(facts["capabilities"])
    facts = {**facts, "modules": environment.facts["modules"]}
    return replace(environment, command=command, variables=variables, facts=facts, capabilities=capabilities)


def _prepare(interpreter: Interpreter, table: Table, extra: tuple[str, ...]) -> Environment:
    row = _row(interpreter, table)
    row = {**row, "packages": [*row["packages"], *extra]}
    things = [row, *(table[name] for name in ("optional_s", "required", "tools", "modules"))]
    made_from = [FORM, *things, interpreter.executable, interpreter.facts, native_build.digest(), probe_source()]
    # Each of them has a folder of its own: what a run began with is not made anew under it.
    folder = ENVIRONMENTS / interpreter.label / made_once.digest(made_from)[:8]
    try:
        stored = _ready(interpreter, row, table, folder, made_from)
        if folder not in _in_use:
            _in_use[folder] = lock.keep(folder)
        made_once.sweep(folder)
    except tools.ToolFailed as failure:
        raise PrepareFailed(str(failure)) from None
    except OSError as error:
        raise PrepareFailed(unwritable(error, folder)) from None
    facts = stored["facts"]
    return Environment(
        interpreter=interpreter,
        command=tuple(stored["command"]),
        variables=stored["variables"],
        facts=facts,
        packages=tuple(stored["packages"]),
        missing=stored["missing"],
        capabilities=frozenset([*facts["capabilities"], *(w for w in table["modules"] if w not in stored["missing"])]),
        path_variable=row.get("path", Environment.path_variable),
    )


def _ready(interpreter: Interpreter, row: Table, table: Table, folder: Path, made_from: list[Any]) -> Table:
    """Return what was made in ``folder``, now or earlier, after asking it which build it is."""

    def made() -> Table:
        if folder in _in_use and not made_once.is_whole(folder):  # who makes it waits for those who use it
            _in_use.pop(folder).close()
        return dict(made_once.made(folder, made_from, lambda: _make(interpreter, row, table, folder)))

    stored = made()
    try:
        now = probe(stored["command"], (), stored["variables"], interpreter.start.probe)
    except ProbeFailed:  # what it was made from has gone
        made_once.forget(folder)
        stored = made()
        now = stored["facts"]
    for name in IDENTITY:
        if now[name] != interpreter.facts[name]:
            made_once.forget(folder)
            Cache().forget(interpreter.executable)
            raise PrepareFailed(
                f"{shown(interpreter.executable)} was found with {name} {interpreter.facts[name]!r} and runs here with "
                f"{now[name]!r}; if it was replaced, run the command again, else name the interpreter that it starts"
            )
    return _retried(stored, interpreter, row, table, folder, now)


def _retried(stored: Table, interpreter: Interpreter, row: Table, table: Table, folder: Path, now: Reply) -> Table:
    """Return ``stored`` after another try of its failed steps, where that may help and nobody uses the environment."""
    failed = set(stored["failed"])
    if time.time() - stored["tried_at"] < RETRY_S:
        failed &= {NATIVE} if stored["compiles_with"] != _compiles_with(now) else set()
    if not failed:
        return stored
    with lock.unless_in_use(folder) as free:
        if not free:
            return stored
        able = replace(interpreter, facts={**interpreter.facts, "capabilities": now["capabilities"]})
        again = _complete(able, row, table, folder, (stored["command"], stored["variables"]), failed)
        again["failed"] += sorted(set(stored["failed"]) - failed)
        tried = failed | (set(native_build.WORDS) if NATIVE in failed else set())
        for word in set(again["missing"]) - tried:
            again["missing"][word] = stored["missing"].get(word, again["missing"][word])
        made_once.replace(folder, again)
    return again


def _compiles_with(facts: Reply) -> list[Any]:
    """Return what a person may have installed since a native module could not be compiled."""
    return [native_build.compiler(), "headers" in facts["capabilities"]]


def prepare_all(
    interpreters: list[Interpreter], done: Callable[[Interpreter, Environment | PrepareFailed], None]
) -> dict[str, Environment | PrepareFailed]:
    """Prepare all of ``interpreters``, a few at a time; call ``done`` with each outcome."""
    table = tables.read("interpreters.toml")
    outcomes: dict[str, Environment | PrepareFailed] = {}

    def one(interpreter: Interpreter) -> None:
        outcome: Environment | PrepareFailed
        try:
            outcome = prepare(interpreter, table)
        except PrepareFailed as failure:
            outcome = failure
        outcomes[interpreter.label] = outcome
        done(interpreter, outcome)

    # Variants come last: most use what is made for their parents.
    for wanted in ([each for each in interpreters if bool(each.variant) == last] for last in (False, True)):
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool, stoppable.stopping():
            list(pool.map(one, wanted))
    return {each.label: outcomes[each.label] for each in interpreters}


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
    row = _row(interpreter, tables.read("interpreters.toml"))
    try:
        command, variables = environment_tools.make_empty(row, interpreter, folder, log)
    except tools.ToolFailed as failure:
        raise PrepareFailed(str(failure)) from None
    return Empty(
        command, variables, lambda packages: environment_tools.install(row, interpreter, command, packages, folder)
    )


def _row(interpreter: Interpreter, table: Table) -> Table:
    for row in table["environments"]:
        if interpreter.family in row["families"] and any(
            fnmatch.fnmatch(interpreter.facts["python"], pattern) for pattern in row["python"]
        ):
            return {**row, "jars": [jar for jar in row.get("jars", ()) if os.path.exists(jar)]}
    python = interpreter.facts["python"]
    raise PrepareFailed(
        f"interpreters.toml has no environment for {interpreter.family} with Python {python}; add a row for it"
    )


def _make(interpreter: Interpreter, row: Table, table: Table, folder: Path) -> Table:
    log = folder / "runoff.log"
    command, variables = environment_tools.make_empty(row, interpreter, folder, log)
    if row["packages"]:
        tools.run(*environment_tools.install(row, interpreter, command, row["packages"], folder), log=log)
    return _complete(interpreter, row, table, folder, (command, variables), {NATIVE, *table["modules"]})


def _complete(
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
    missing: dict[str, str] = {}
    for word, names in table["modules"].items():
        errors = [facts["modules"][name]["error"] for name in names if facts["modules"][name]["error"]]
        if errors:  # a failed installation explains more than a failed import
            missing[word] = reasons.get(word, errors[0])
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
        "compiles_with": _compiles_with(facts),
    }


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
