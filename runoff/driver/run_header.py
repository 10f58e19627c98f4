# Run by the driver (Python 3.9 upward).
"""The header of a run: what run.json holds before anything was measured."""

from __future__ import annotations

import hashlib
import math
from typing import cast

from runoff.common.errors import BadInput
from runoff.common.loose import Data, Table
from runoff.common.paths import ROOT
from runoff.driver import machine
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment
from runoff.records.schema import Facts, Header, VariantFacts

BASELINE_REPEAT = "baseline-repeat"  # the interpreter of the baseline's second set of cells, for a true A/A pair
#: The most iterations of a soak. A list of so many times is made before the first is timed, and all are recorded. A
#: task that does nothing has had them within a minute; runoff/analysis/alarms.py then says that the soak ended early.
SOAK_ITERATIONS = 10**6
#: The most invocations of a cell in a racing run without a budget.
UNLIMITED_INVOCATIONS = 192
#: The same in a racing run that goes on: its budget ends it sooner.
EXTENDED_INVOCATIONS = 1000
UNLIMITED_S = 24 * 3600.0  # the budget of a run without one
#: What decides how many invocations and iterations there are, from experiments.toml into the header.
PROFILE_FIELDS = (
    "invocations",
    "max_invocations",
    "half_width",
    "min_invocations",
    "min_iterations",
    "max_iterations",
    "max_seconds",
    "pilot_s",
    "race",
    "timeout_s",
    "soak_s",
)
INSIDE_FILES = {".py", ".mjs", ".c", ".h", ".i"}
OF_THIS_MACHINE = ("executable", "prefix", "environment_of", "start")  # facts that name folders of this machine


def new_header(
    cells: list[PlannedCell],
    environments: dict[str, Environment],
    baseline: str,
    profile: Table,
    budget_s: float | None,
    seed: int,
    work: dict[str, int],
) -> Header:
    """Return the description of a new run, without who started it and where."""
    interpreters = len({cell.interpreter for cell in cells if cell.skip is None})
    usual_s = min(profile["budget_s"] * max(1, interpreters), profile.get("max_budget_s", math.inf))
    rules = cast(Header, {name: profile[name] for name in PROFILE_FIELDS})
    return {
        **rules,
        "baseline": baseline,
        "seed": seed,
        "budget_s": usual_s if budget_s is None else budget_s,
        "code": code_digest(),
        "waiting": profile.get("waiting", {}),
        "work": work,
        "machine": machine.describe(),
        "noise_before": machine.noise(),
        "interpreters": {label: _interpreter(environment) for label, environment in environments.items()},
        "baseline_repeat": BASELINE_REPEAT if any(cell.interpreter == BASELINE_REPEAT for cell in cells) else None,
        "cells": [{**cell.data, "skip": cell.skip} for cell in cells],
    }


def for_profile(profile: Table, cells: int, soak_min: float | None) -> Data:
    """Return ``profile`` with defaults filled in.

    With ``soak_min`` it makes one long invocation of each of ``cells`` cells.
    """
    full = {"soak_s": 0.0, "pilot_s": 0.0, "race": False, **profile, "half_width": profile["half_width"] or None}
    if soak_min is None:
        return full
    soak_s = soak_min * 60
    timeout_s = soak_s + profile["timeout_s"]
    budget_s = cells * timeout_s  # of all interpreters: neither more nor less, whatever the profile's own limit is
    return {
        **full,
        "invocations": 1,
        "max_invocations": 1,
        "half_width": None,
        "min_invocations": 1,
        "max_iterations": SOAK_ITERATIONS,
        "max_seconds": soak_s,
        "waiting": {},
        "pilot_s": 0.0,
        "race": False,
        "soak_s": soak_s,
        "timeout_s": timeout_s,
        "budget_s": budget_s,
        "max_budget_s": budget_s,
    }


def without_end(name: str, profile: Table) -> Data:
    """Return ``profile`` without a budget; raise BadInput where it does not race, and so would never stop."""
    if not profile.get("race"):
        raise BadInput(
            f"profile {name} always makes all its invocations; use --until-decided with a racing profile (quick)"
        )
    unlimited = {"budget_s": UNLIMITED_S, "max_budget_s": UNLIMITED_S, "max_invocations": UNLIMITED_INVOCATIONS}
    return {**profile, **unlimited}


def extended(header: Header, spent_s: float, more_s: float) -> Header:
    """Return the header of a run that goes on for ``more_s`` after ``spent_s``."""
    most = max(header["max_invocations"], EXTENDED_INVOCATIONS) if header["race"] else header["max_invocations"]
    return {**header, "budget_s": spent_s + more_s, "max_invocations": most, "finished_at": None}


def code_digest() -> str:
    """Return a digest of all code that an interpreter under test runs: runs are comparable where it is equal."""
    folders = [ROOT / name for name in ("compat", "native", "transports", "scenarios", "harness")]
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.suffix in INSIDE_FILES)
    content = [str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() for path in files]
    return hashlib.sha256(b"\0".join(content)).hexdigest()[:16]


def _interpreter(environment: Environment) -> Facts:
    facts = environment.facts
    probed = {name: value for name, value in facts.items() if name not in OF_THIS_MACHINE}
    interpreter = environment.interpreter
    return {
        **cast(Facts, probed),
        "variant": cast("VariantFacts | None", interpreter.variant_facts),
        "described": interpreter.described,
        "family": interpreter.family,
        "packages": list(environment.packages),
        "missing": environment.missing,
        "capabilities": sorted(environment.capabilities),
    }
