# Run by nox -s calibrate (Python 3.9 upward).
"""Real invocations with known truth: the same cell twice, a server that stalls, a clock that runs fast."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runoff.analysis import latency
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.loose import Data
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.driver.measuring.adaptive import ATTEMPTS
from runoff.driver.plan import PlannedCell
from runoff.environments.environment import Environment, PrepareFailed
from runoff.environments.preparing import prepare_all
from runoff.interpreters import choice
from runoff.records import record
from runoff.records.schema import Record
from runoff.services.latency_server_process import Server
from runoff.stats import histogram
from runoff.validation.simulated_runs import Count, Pairs

ROUNDS = 2000  # of Python work in a task: an iteration of 8 tasks takes some milliseconds
#: Scenario, task, rounds of work in a task, parameters; an iteration takes some tens of milliseconds.
SOME_CELLS = [
    (scenario, task, rounds, parameters)
    for scenario, parameters in (("serial", ()), ("thread-pool", (("concurrency", 2),)))
    for task, rounds in (("python", 10000), ("contended-dict", 10000), ("native-gil", 1000000))
]
STALL_S = 0.1
LYING_CLOCK = """
import time
true_ns = time.perf_counter_ns
time.perf_counter_ns = lambda: int(true_ns() * 1.05)
"""


@dataclass
class Bench:
    """What it takes to run invocations of the baseline; ``made`` counts them."""

    environment: Environment
    guard: Guard
    folder: Path
    made: int = 0

    def make(self, cell: PlannedCell, settings: Data, **changes: Any) -> Record:
        """Run one invocation of ``cell``; ``changes`` replace fields of its Job."""
        self.made += 1
        job = Job(cell, 0, self.environment, settings, 7, 7, 0.0, 120.0, self.made, 64 * (self.made % 64))
        outcome = invoke(replace(job, **changes), self.folder / str(self.made), self.guard)
        return outcome

    def serial(self, rounds: int = ROUNDS, **changes: Any) -> Record:
        """Run one invocation of 8 serial tasks of ``rounds`` rounds."""
        label = self.environment.interpreter.label
        return self.make(PlannedCell(label, "serial", "python", 8, ()), {"rounds": rounds}, **changes)


@contextmanager
def baseline() -> Iterator[Bench]:
    """Yield a bench with the machine's baseline interpreter; remove its files and processes afterwards."""
    found = choice.find_with(())
    label = choice.baseline(list(found.interpreters), None)
    interpreter = next(each for each in found.interpreters if each.label == label)
    environment = prepare_all([interpreter], lambda _interpreter, _outcome: None)[label]
    if isinstance(environment, PrepareFailed):
        raise BadInput(f"{label}: no environment: {environment}")
    guard = Guard()
    try:
        with tempfile.TemporaryDirectory(prefix="runoff-calibrate-") as folder:
            yield Bench(environment, guard, Path(folder))
    finally:
        guard.close()


def equal_pairs(bench: Bench, count: int, n: int, on_progress: Callable[[int], None]) -> Pairs:
    """Measure ``count`` pairs of a cell with itself, ``n`` invocations a side, interleaved as in a run (ABBA).

    Call ``on_progress(pairs so far)`` after each pair.
    """
    pairs = []
    for number in range(count):
        sides: tuple[list[list[int]], list[list[int]]] = ([], [])
        for block in range(n):
            for side in (0, 1) if block % 2 == 0 else (1, 0):
                outcome = bench.serial()
                if outcome["status"] != record.OK:
                    raise RuntimeError(f"an invocation failed: {outcome['reason']}")
                sides[side].append(outcome["iterations_ns"])
        pairs.append(sides)
        on_progress(number + 1)
    return pairs


def some_cells(bench: Bench, count: int, on_progress: Callable[[int], None]) -> list[Record]:
    """Measure ``count`` invocations of each of SOME_CELLS, block by block in random order.

    Call ``on_progress(blocks so far)`` after each block.
    """
    chance = random.Random(count)
    label = bench.environment.interpreter.label
    made = []
    for block in range(count):
        for scenario, task, rounds, parameters in chance.sample(SOME_CELLS, len(SOME_CELLS)):
            outcome = bench.make(PlannedCell(label, scenario, task, 8, parameters), {"rounds": rounds}, block=block)
            if outcome["status"] != record.OK:
                raise RuntimeError(f"an invocation failed: {outcome['reason']}")
            made.append(outcome)
        on_progress(block + 1)
    return made


def stall_seen(bench: Bench, seconds: float = 40.0) -> tuple[dict[str, float], dict[str, float]]:
    """Drive an open loop against the latency server, undisturbed and then with one stop of STALL_S.

    Return {percentile, "late" or "samples": ms or count} of both.
    """
    server = Server(bench.guard, bench.folder / "server.log")
    try:
        return tuple(_driven(bench, server, seconds, stall) for stall in (False, True))  # type: ignore[return-value]
    finally:
        server.close()


def _driven(bench: Bench, server: Server, seconds: float, stall: bool) -> dict[str, float]:
    parameters = (("concurrency", 64), ("delay_ms", 10.0), ("loads", [40]), ("seconds", seconds))
    cell = PlannedCell(bench.environment.interpreter.label, "asyncio-tornado", "io", 64, parameters)
    for _ in range(1 + ATTEMPTS):
        stopper = threading.Timer(seconds / 2, _stop_for, (server.pid, STALL_S))
        if stall:
            stopper.start()
        outcome = bench.make(cell, {"server": server.url(10.0)}, ours=(server.pid,))
        stopper.cancel()
        if outcome["status"] != record.OK:
            raise RuntimeError(f"the open loop failed: {outcome['reason']}")
        if not outcome["tainted"]:
            break
    loads = outcome["latency"]
    assert loads
    part = loads[0]
    times = histogram.merged([part["latencies"]])
    shown = {
        f"p{share:g}": times.get_value_at_percentile(share) / 1e6
        for share in latency.PERCENTILES
        if latency.carries(times.get_total_count(), share)
    }
    late = histogram.merged([part["late"]]).get_value_at_percentile(latency.LATE) / 1e6
    return {**shown, "late": late, "samples": float(times.get_total_count())}


def _stop_for(pid: int, seconds: float) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    os.kill(pid, signal.SIGCONT)


def lying_clocks_caught(bench: Bench, trials: int) -> Count:
    """Count the invocations with a clock 5 % fast that are refused for that reason."""
    folder = bench.folder / "lying-clock"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(LYING_CLOCK, encoding="utf-8")
    variables = {**bench.environment.variables, "PYTHONPATH": str(folder)}
    liar = replace(bench.environment, variables=variables)
    outcomes = [bench.serial(environment=liar, soak_s=0.6, max_iterations=10**5) for _ in range(trials)]
    return Count(sum("clocks disagree" in (each["reason"] or "") for each in outcomes), trials)
