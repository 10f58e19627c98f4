# Run by the driver (Python 3.9 upward).
"""The rounds of work in one task: calibrated once per machine on the baseline, stored, and the same for all cells."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from runoff.common.guard import Guard
from runoff.common.loose import Table
from runoff.common.paths import ROOT
from runoff.driver.job import Job
from runoff.driver.plan import SERIAL, TASKS, PlannedCell
from runoff.driver.work_size.batch_size import grown, warm_ns
from runoff.environments import native_build
from runoff.environments.environment import Environment

STORED = "work.json"
FEWEST, MOST = 1000, 10**12  # rounds
ITERATIONS = 7


def work(
    wanted: set[str], table: Table, environments: list[Environment], machine: Path, scratch: Path, guard: Guard
) -> dict[str, int]:
    """Return {kind of work: rounds} for each of ``wanted``, from ``machine``/work.json or measured now.

    ``environments`` holds the baseline first; the first one that can run the kernel's task measures it.
    """
    path = machine / STORED
    made_from = _digest(table)
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # there is none yet, or it was cut short: all is measured again
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

    Grow them until an iteration takes at least half of that, then scale. Raise BadInput where an invocation fails.
    """
    cell = PlannedCell(environment.interpreter.label, SERIAL, task, 1, ())
    job = Job(cell, 0, environment, {}, ITERATIONS, ITERATIONS, 0.0, 60.0, 0, 0)

    def measure(rounds: int) -> float:
        return warm_ns(replace(job, settings={"rounds": rounds}), scratch / f"calibrate-{task}-{rounds}", guard)

    rounds, iteration_ns = grown(measure, FEWEST, task_ms * 1e6, MOST)
    return _two_digits(rounds * task_ms * 1e6 / iteration_ns)


def _two_digits(value: float) -> int:
    """Round ``value`` to two significant digits: more would record noise."""
    return int(float(f"{value:.1e}"))


def _digest(table: Table) -> str:
    reference = (ROOT / "native" / "reference.py").read_text(encoding="utf-8")
    text = json.dumps([table["work"], native_build.digest(), reference], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
