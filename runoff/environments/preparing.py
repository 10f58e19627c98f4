# Run by the driver (Python 3.9 upward).
"""Prepare one environment per interpreter: made once, locked while it is used, made again only after a change."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Callable

from runoff.common import lock, stoppable, tables
from runoff.common.loose import Reply, Table
from runoff.common.paths import NOX, shown, unwritable
from runoff.environments import made_once, making, native_build, tools
from runoff.environments.environment import Environment, PrepareFailed
from runoff.interpreters.discover import Interpreter
from runoff.interpreters.facts import IDENTITY, Cache, ProbeFailed, probe, probe_source
from runoff.interpreters.variants import Variant

ENVIRONMENTS = NOX / "envs"
#: After it a step that failed is tried again: the network may have been away. It may take optional_s, so not each time.
RETRY_S = 3600.0
FORM = 2  # of what is stored of an environment; one of another form is made again
#: Locks of the environments that this process uses, until it ends.
_in_use: dict[Path, IO[bytes]] = {}


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
    row = making.row_of(interpreter, table)
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
        return dict(made_once.made(folder, made_from, lambda: making.make(interpreter, row, table, folder)))

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
        failed &= {making.NATIVE} if stored["compiles_with"] != making.compiles_with(now) else set()
    if not failed:
        return stored
    with lock.unless_in_use(folder) as free:
        if not free:
            return stored
        able = replace(interpreter, facts={**interpreter.facts, "capabilities": now["capabilities"]})
        again = making.complete(able, row, table, folder, (stored["command"], stored["variables"]), failed)
        again["failed"] += sorted(set(stored["failed"]) - failed)
        tried = failed | (set(native_build.WORDS) if making.NATIVE in failed else set())
        for word in set(again["missing"]) - tried:
            again["missing"][word] = stored["missing"].get(word, again["missing"][word])
        made_once.replace(folder, again)
    return again


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
