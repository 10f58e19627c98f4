# Run by the driver (Python 3.9 upward).
"""Go on with an interrupted run."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from runoff.cli.bench.options import selection
from runoff.cli.console import console
from runoff.cli.prepare import prepare
from runoff.cli.workload.options import workload
from runoff.common.errors import BadInput
from runoff.common.loose import Data, Options
from runoff.common.paths import restored
from runoff.driver import run_folder, run_header
from runoff.driver.broker_lender import Lender
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment, PrepareFailed
from runoff.interpreters import choice
from runoff.interpreters.discover import Found, Interpreter
from runoff.interpreters.variants import Variant
from runoff.records import record
from runoff.records.schema import Header
from runoff.workload import dependencies, files
from runoff.workload.environment import layered


def resume(home: Path, options: Options, lender: Lender) -> tuple[Path, Header, dict[str, Environment]]:
    """Return folder, header and environments of the newest unfinished run, as it was planned, with the same builds."""
    folder = run_folder.to_resume(home, finished_too=options["budget"] is not None)
    record.mend(folder)
    run = record.read(folder)
    header = run.header
    _require_same(folder, header, options)
    if options["allow_eol"] and not header.get("allow_eol"):
        header = {**header, "allow_eol": True, "past_support": []}
        record.write_header(folder, header)
    if options["budget"] is not None:
        spent_s = sum(each["wall_s"] or 0.0 for each in run.records)
        header = run_header.extended(header, spent_s, options["budget"])
        record.write_header(folder, header)
    if header["code"] != run_header.code_digest():
        raise BadInput(
            f"the code that interpreters run has changed since {folder.name} began: leave out --resume to start a new "
            "run, or restore the code"
        )
    found = {each.label: each for each in _as_then(choice.find_with(options["interpreters"]), header)}
    wanted = []
    for label, then in header["interpreters"].items():
        if label not in found or found[label].facts["sys_version"] != then["sys_version"]:
            raise BadInput(
                f"{label} has changed since {folder.name} began (it was {then['sys_version']}): leave out --resume to "
                "start a new run"
            )
        wanted.append(found[label])
    outcomes = prepare(wanted, console)
    if "workload" in header:
        outcomes = _with_requirements(folder, header, options, outcomes)
    failed = [f"{label}: {each}" for label, each in outcomes.items() if isinstance(each, PrepareFailed)]
    if failed:
        raise BadInput(f"the run cannot be resumed: {failed[0]}")
    for label, each in outcomes.items():
        if isinstance(each, Environment) and list(each.packages) != header["interpreters"][label]["packages"]:
            raise BadInput(
                f"{label} has other packages than when {folder.name} began: leave out --resume to start a new run"
            )
    reason = lender.lend([PlannedCell.from_plan(data) for data in header["cells"]])
    if reason:
        raise BadInput(f"the run cannot be resumed: {reason}")
    return folder, header, {label: each for label, each in outcomes.items() if isinstance(each, Environment)}


def _as_then(found: Found, header: Header) -> Iterator[Interpreter]:
    """Yield the interpreters of ``header`` that are still here, started as they were then."""
    by_label = {each.label: each for each in found.interpreters}
    for label, then in header["interpreters"].items():
        data = then.get("variant")
        interpreter = by_label.get(data["parent"] if data else label)
        if interpreter and data:
            then_made = Variant.from_described(cast("Data", restored(data)))
            yield interpreter.started_as(interpreter.variants.get(then_made.name) or then_made)
        elif interpreter:
            yield interpreter


def _with_requirements(
    folder: Path, header: Header, options: Options, outcomes: dict[str, Environment | PrepareFailed]
) -> dict[str, Environment | PrepareFailed]:
    """Return ``outcomes`` with the requirements of the person's function, which must be what the run began with."""
    own, then = workload(options), header["workload"]
    if own is None:
        words = " ".join(then["words"])
        raise BadInput(f"{folder.name} measures {then['function']}: name it again with --resume: {words}")
    if files.digest(own) != then["digest"]:
        raise BadInput(
            f"{then['function']}, a module beside it, its inputs or its requirements have changed since {folder.name} "
            "began: leave out --resume to start a new run"
        )
    passed = [row["interpreter"] for row in header["gate"] if row["passed"]]
    files.require(then["digest"], passed)
    return {
        label: layered(each, dependencies.install(each.interpreter, own.requirements))
        if isinstance(each, Environment) and label in passed
        else each
        for label, each in outcomes.items()
    }


def _require_same(folder: Path, header: Header, options: Options) -> None:
    """Refuse options that ask for another run than the one in ``folder``; those that it was begun with are welcome."""
    asked = json.loads(json.dumps(dataclasses.asdict(selection(options))))
    then = header.get("selection")
    given = [name for name, value in asked.items() if (options["profile"] if name == "profile" else value)]
    other = [name for name in given if then and asked[name] != then[name]]
    other += [name for name in ("baseline", "seed") if options[name] not in (None, header[name])]
    if other:
        raise BadInput(
            f"{folder.name} was started with other options ({', '.join(other)} differ): give the same with --resume, "
            "or none; leave out --resume to start a new run"
        )
