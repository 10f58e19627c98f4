# Run by the driver (Python 3.9 upward).
"""The rounds of work in one task: calibrated once per machine on the baseline, stored, and the same for all cells."""

from __future__ import annotations

import hashlib
import json
import statistics
from dataclasses import replace
from pathlib import Path
from typing import Any

from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.driver.invoke import Job, invoke
from runoff.driver.plan import TASKS, Cell
from runoff.interpreters import native_build
from runoff.interpreters.environments import Environment
from runoff.records import record

STORED = "work.json"


def work(
    wanted: set[str], table: dict[str, Any], environments: list[Environment], machine: Path, scratch: Path, guard: Guard
) -> dict[str, int]:
    """Return {kind of work: rounds} for each of ``wanted``, from ``machine``/work.json or measured now.

    ``environments`` holds the baseline first; the first one that can run the kernel's task measures it.
    """
    path = machine / STORED
    made_from = _digest(table)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        stored = {}
    if stored.get("made_from") != made_from:
        stored = {"made_from": made_from, "rounds": {}, "measured_on": {}}
    for kind in sorted(wanted - set(stored["rounds"])):
        task = table["work"][kind]["kernel"]
        environment = next((e for e in environments if not set(TASKS[task].needs) - e.capabilities), None)
        if environment is None:
            continue  # no cell needs it: every interpreter skips these cells
        stored["rounds"][kind] = rounds_taking(task, table["work"][kind]["task_ms"], environment, scratch, guard)
        stored["measured_on"][kind] = environment.facts["sys_version"]
        path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return {kind: stored["rounds"][kind] for kind in wanted if kind in stored["rounds"]}


def rounds_taking(task: str, task_ms: float, environment: Environment, scratch: Path, guard: Guard) -> int:
    """Return the rounds of ``task`` that take about ``task_ms``, to two digits.

    Double them until an iteration takes at least half of that, then scale. Raise BadInput where an invocation fails.
    """
    cell = Cell(environment.interpreter.label, "serial", task, 1, ())
    job = Job(cell, 0, environment, {"rounds": 1000}, 7, 7, 0.0, 60.0, 0, 0)
    while True:
        outcome = invoke(job, scratch / f"calibrate-{task}-{job.settings['rounds']}", guard)
        if outcome["status"] != record.OK:
            raise BadInput(f"calibrating {task} on {cell.interpreter} failed: {outcome['reason']} (see {scratch})")
        median_ns = statistics.median(outcome["iterations_ns"][1:])
        if median_ns >= task_ms * 1e6 / 2:
            return _two_digits(job.settings["rounds"] * task_ms * 1e6 / median_ns)
        growth = min(16.0, max(2.0, task_ms * 1e6 / median_ns))
        job = replace(job, settings={"rounds": int(job.settings["rounds"] * growth)})


def _two_digits(value: float) -> int:
    """Round ``value`` to two significant digits: more would record noise."""
    return int(float(f"{value:.1e}"))


def _digest(table: dict[str, Any]) -> str:
    reference = (ROOT / "native" / "reference.py").read_text(encoding="utf-8")
    text = json.dumps([table["work"], native_build.digest(), reference], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
