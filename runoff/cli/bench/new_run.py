# Run by the driver (Python 3.9 upward).
"""Begin a run."""

from __future__ import annotations

import dataclasses
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

from runoff.analysis.deployable import support
from runoff.cli.bench import ending
from runoff.cli.console import console
from runoff.cli.prepare import prepare
from runoff.common import tables
from runoff.common.guard import Guard
from runoff.common.loose import Options, Table
from runoff.common.paths import scrub
from runoff.driver import machine, plan, run_folder, run_header
from runoff.driver.broker_lender import Lender
from runoff.driver.work_size import rounds_of_work
from runoff.environments.environment import Environment
from runoff.interpreters import choice, surroundings
from runoff.records import record
from runoff.records.schema import Header
from runoff.workload.measuring import Measuring


def begin(
    home: Path,
    labels: list[str],
    selection: plan.Selection,
    options: Options,
    guard: Guard,
    lender: Lender,
    own: Measuring | None,
) -> tuple[Path, Header, dict[str, Environment]]:
    """Make a run's folder, calibrate its work and write its header; return all three: folder, header, environments."""
    table = tables.read("experiments.toml")
    if own:
        table = own.table(table)
    found = choice.find_with(options["interpreters"])
    wanted = choice.labelled(found, labels, options["variants"])
    if kept_out := surroundings.kept_out():
        console.print(f"environment variables not passed on: {', '.join(kept_out)} (reasons in run.json)")
    baseline = own.today["interpreter"] if own else choice.baseline(wanted, options["baseline"])
    outcomes = prepare(wanted, console)
    if own:
        outcomes = own.environments(outcomes)
    profile = table["profiles"][selection.profile]
    twice = (
        {run_header.BASELINE_REPEAT: outcomes[baseline]} if profile["baseline_repeat"] and not options["soak"] else {}
    )
    cells = plan.cells(selection, table, {**outcomes, **twice}, machine.cores())
    if own:
        cells = [_gated(cell, own) for cell in cells]
    reason = lender.lend(cells)
    if reason:
        cells = plan.without_broker(cells, reason)
        console.print(reason)
    environments = {label: each for label, each in outcomes.items() if isinstance(each, Environment)}
    folder = run_folder.new(home)
    first = sorted(environments.values(), key=lambda each: each.interpreter.label != baseline)
    kinds = {kind for cell in cells if cell.skip is None and (kind := plan.TASKS[cell.task].work)}
    work = rounds_of_work.work(kinds, table, first, home, folder / "calibration", guard)
    if options["until_decided"]:
        profile = run_header.without_end(selection.profile, profile)
    profile = run_header.for_profile(profile, sum(cell.skip is None for cell in cells), options["soak"])
    seed = options["seed"] if options["seed"] is not None else random.SystemRandom().randrange(10**6)
    header = run_header.new_header(cells, environments, baseline, profile, options["budget"], seed, work)
    header = _with_origin(header, selection, options, table, lender, own)
    record.write_header(folder, header)
    return folder, header, environments


def _with_origin(
    header: Header, selection: plan.Selection, options: Options, table: Table, lender: Lender, own: Measuring | None
) -> Header:
    """Return ``header`` with who started the run, how and when, without this machine's paths."""
    whole: Header = {
        **header,
        "profile": selection.profile,
        "selection": dataclasses.asdict(selection),
        "allow_eol": options["allow_eol"],
        "work_ms": {kind: row["task_ms"] for kind, row in table["work"].items()},
        "broker": lender.broker.described if lender.broker else None,
        "environment": surroundings.described(),
        "command": ending.typed(),
        "started_at": time.time(),
        "finished_at": None,
    }
    if own:
        whole["workload"], whole["today"], whole["gate"] = own.workload_facts(), own.today, own.gate_facts()
    ended = () if options["allow_eol"] else support.ended(whole)
    whole["past_support"] = [label for label in ended if label != whole["baseline"]]
    return cast(Header, scrub(whole))


def _gated(cell: plan.PlannedCell, own: Measuring) -> plan.PlannedCell:
    """Return ``cell`` with the gate's reason to skip it, where there is one."""
    start_method = dict(cell.parameters).get("start_method")
    return replace(cell, skip=own.reason_to_skip(cell.interpreter, cell.scenario, start_method) or cell.skip)
