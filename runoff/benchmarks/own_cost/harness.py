# Run by the driver (Python 3.9 upward); nox -s bench-harness calls it through runoff.cli.__main__.
"""The cost of measuring, with the aims beside the measured values.

Two sides that are compared are measured in turns, so that both see the same machine.
"""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from runoff.benchmarks import pyperf_beside
from runoff.benchmarks.own_cost import sampler
from runoff.benchmarks.pyperf_beside import VALUES, WARM_UPS
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.paths import ROOT
from runoff.common.printed_table import left, printed_table, right, wide
from runoff.driver.invoke import invoke
from runoff.driver.job import Job, request_of
from runoff.driver.plan import PlannedCell
from runoff.driver.work_size.rounds_of_work import rounds_taking
from runoff.environments.environment import Environment
from runoff.interpreters import discover, surroundings
from runoff.records import record
from runoff.stats.intervals import Estimate, geometric_mean

COST_STARTS = 3
TURNS = 20
TASK_MS = 20.0
SAMPLED_STARTS = 3
SAMPLED_ITERATIONS = 600  # of TASK_MS each
#: {task: import for pyperf} of the tasks that are compared with pyperf and sampled. The C loop lives in registers and
#: runs at one speed, so that differences come from the tool. Python code is what people measure; but its speed differs
#: by up to a tenth between two starts (memory layout), and by more while a neighbour uses the same physical core.
TIMED = {"native-gil": "from runoff_kernels import burn_gil as burn", "python": "from native.reference import burn"}
YES, NO, CANNOT_TELL = "yes", "NO", "cannot tell"


@dataclass(frozen=True)
class Row:
    """One row of the table."""

    what: str
    where: str
    aim: str
    measured: str
    #: whether it reached the aim: YES, NO or CANNOT_TELL; empty without an aim
    reached: str


def show(console: Console, environments: list[Environment], scratch: Path, nox_python: str) -> None:
    """Measure all parts and print the tables; print a line as each part begins."""
    guard = Guard()
    rows: list[Row] = []
    calls: dict[str, dict[str, float]] = {}
    try:
        rows += _discovery(console, nox_python)
        for environment in environments:
            label = environment.interpreter.label
            console.print(f"{label}: the loop, the calls, two threads ...")
            cost = _cost(environment, scratch / f"cost-{label}.json")
            calls[label] = cost["calls_ns"]
            rows.append(_loop(label, cost["loop_ns"]))
            if "native" in environment.capabilities:
                rows.append(_two_threads(environment, scratch / label, guard))
        for environment in _newest(environments):
            console.print(f"{environment.interpreter.label}: pyperf and the memory sampler, in turns with ours ...")
            rows += [_against_pyperf(environment, task, scratch, guard) for task in TIMED]
            rows += [_sampler(environment, task, scratch, guard) for task in TIMED]
    finally:
        guard.close()
    out = wide(console)
    out.print(_table(rows))
    out.print(_calls_table(calls))


def _newest(environments: list[Environment]) -> list[Environment]:
    """Return the newest CPython with a GIL and the newest PyPy, for the comparisons with other tools."""
    found = []
    for family in ("cpython", "pypy"):
        able = [
            each
            for each in environments
            if each.interpreter.family == family and each.facts["gil"] and each.facts["version_info"] >= [3, 9]
        ]
        found += sorted(able, key=lambda each: list(each.facts["version_info"]))[-1:]
    return found


# --- the parts -------------------------------------------------------------------------------------------------------


def _discovery(console: Console, nox_python: str) -> list[Row]:
    console.print("discovery ...")
    begun = time.perf_counter()
    found = discover.find()
    took_s = time.perf_counter() - begun
    begun = time.perf_counter()
    subprocess.run([nox_python, "-m", "nox", "-l"], cwd=ROOT, check=True, capture_output=True)
    listed_s = time.perf_counter() - begun
    where = f"{len(found.interpreters)} interpreters"
    return [
        Row("discovery, facts remembered", where, "", f"{took_s:.2f} s", ""),
        Row("nox -l", where, "", f"{listed_s:.2f} s", ""),
    ]


def _cost(environment: Environment, reply: Path) -> dict[str, dict[str, float]]:
    """Return the smallest values of harness.cost over COST_STARTS starts: noise only adds."""
    found: list[dict[str, dict[str, float]]] = []
    for _ in range(COST_STARTS):
        run = _run(environment, ["-m", "harness.cost", str(reply)])
        if run.returncode:
            raise BadInput(f"{environment.interpreter.label}: harness.cost failed: {run.stderr.strip()[-300:]}")
        found.append(json.loads(reply.read_text(encoding="utf-8")))
    return {part: {name: min(each[part][name] for each in found) for name in found[0][part]} for part in found[0]}


def _loop(label: str, loop_ns: dict[str, float]) -> Row:
    in_all, shown = loop_ns["per_iteration"], loop_ns["in_each_time"]
    measured = f"{in_all / 1000:.2f} us, of which {shown / 1000:.2f} us are in the time"
    return Row("the timed loop, per iteration", label, "below 1 us", measured, YES if in_all < 1000 else NO)


def _two_threads(environment: Environment, scratch: Path, guard: Guard) -> Row:
    """Measure two tasks of native-nogil serially and in two threads, in turns."""
    rounds = rounds_taking("native-nogil", TASK_MS, environment, scratch, guard)
    ratios = []
    for turn in range(3):
        serial, threads = (
            min(_times(environment, scenario, "native-nogil", 2, rounds, scratch / f"{scenario}-{turn}", guard))
            for scenario in ("serial", "threads")
        )
        ratios.append(serial / threads)
    best = max(ratios)  # other programs on the cores only lower it
    label = environment.interpreter.label
    return Row(
        "two threads of native-nogil over serial", label, "at least 1.9", f"{best:.2f}", YES if best >= 1.9 else NO
    )


def _against_pyperf(environment: Environment, task: str, scratch: Path, guard: Guard) -> Row:
    """Time the same function of the same module by pyperf and by us, in turns."""
    rounds = rounds_taking(task, TASK_MS, environment, scratch, guard)
    words = (["-m", "pyperf", "timeit"], ["-s", TIMED[task], f"burn(1000, {rounds})"])
    ratios = []
    for turn in range(TURNS):
        both: dict[str, float] = {}
        for side in ("ours", "pyperf") if turn % 2 else ("pyperf", "ours"):
            if side == "ours":
                times = _times(environment, "serial", task, 1, rounds, scratch / f"ours-{turn}", guard)
                both[side] = min(times) / 1e9
            else:
                into = scratch / f"pyperf-{turn}.json"
                both[side] = pyperf_beside.fastest_s(environment, words, 1, into, ROOT, guard, path=[ROOT])
        ratios.append(both["ours"] / both["pyperf"])
    return _ratio_row(f"our time over pyperf's, {task}", environment, geometric_mean(ratios), 0.02)


def _sampler(environment: Environment, task: str, scratch: Path, guard: Guard) -> Row:
    """Compare stretches of an invocation with and without the memory sampler, one second each."""
    rounds = rounds_taking(task, TASK_MS, environment, scratch, guard)
    job = _job(environment, "serial", task, 1, rounds, SAMPLED_ITERATIONS)
    ratios = []
    for turn in range(SAMPLED_STARTS):
        request, reply = scratch / f"sampled-{turn}.json", scratch / f"sampled-{turn}-reply.json"
        request.write_text(json.dumps(request_of(job)), encoding="utf-8")
        command = [*environment.command, "-m", "harness", str(request), str(reply)]
        with guard.running(command, cwd=ROOT, env=_variables(environment)) as process:
            ratios += sampler.ratios(process, reply)
    return _ratio_row(f"with the memory sampler over without, {task}", environment, geometric_mean(ratios), 0.01)


def _ratio_row(what: str, environment: Environment, ratio: Estimate, within: float) -> Row:
    assert ratio.low is not None
    assert ratio.high is not None
    measured = f"{ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]"
    least, most = 1 - within, 1 + within
    reached = CANNOT_TELL
    if least <= ratio.low and ratio.high <= most:
        reached = YES
    elif ratio.high < least or ratio.low > most:
        reached = NO
    return Row(what, environment.interpreter.label, f"{least:g} to {most:g}", measured, reached)


# --- what the parts share --------------------------------------------------------------------------------------------


def _times(
    environment: Environment, scenario: str, task: str, n: int, rounds: int, folder: Path, guard: Guard
) -> list[int]:
    """Return the nanoseconds of the iterations of one invocation, without its warm-up; raise BadInput on failure."""
    outcome = invoke(_job(environment, scenario, task, n, rounds, WARM_UPS + VALUES), folder, guard)
    if outcome["status"] != record.OK:
        raise BadInput(f"{environment.interpreter.label}: {scenario} of {task} failed: {outcome['reason']}")
    return list(outcome["iterations_ns"][WARM_UPS:])


def _job(environment: Environment, scenario: str, task: str, n: int, rounds: int, iterations: int) -> Job:
    cell = PlannedCell(environment.interpreter.label, scenario, task, n, ())
    return Job(cell, 0, environment, {"rounds": rounds}, iterations, iterations, 0.0, 60.0, 0, 0)


def _variables(environment: Environment) -> dict[str, str]:
    return {**surroundings.for_interpreters(), **environment.variables, "PYTHONHASHSEED": "0"}


def _run(environment: Environment, arguments: list[str]) -> subprocess.CompletedProcess[str]:
    command = [*environment.command, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=_variables(environment), capture_output=True, text=True, check=False, timeout=120
    )


def _table(rows: list[Row]) -> Table:
    columns = left("what", "where", "aim", "measured", "reached", no_wrap=True)
    table = printed_table("the instrument's own cost", columns)
    for row in sorted(rows, key=lambda row: row.what):
        table.add_row(row.what, row.where, row.aim, row.measured, row.reached)
    return table


def _calls_table(calls: dict[str, dict[str, float]]) -> Table:
    names = list(dict.fromkeys(name for each in calls.values() for name in each))
    title = "one call of an empty kernel, nanoseconds"
    table = printed_table(title, left("interpreter", no_wrap=True), right(*names))
    for label, found in calls.items():
        table.add_row(label, *(f"{found[name]:.0f}" if name in found else "-" for name in names))
    return table
