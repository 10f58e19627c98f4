# Run by the driver (Python 3.9 upward): python -m runoff.cli transports --status-turns N
"""What it costs a worker to tell its status: no-op tasks with ``--status``, without, and without again, in turns.

The third one is the A/A pair of the second: how different the same worker looks from itself here and now.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import psutil
from rich.console import Console
from rich.table import Table

from runoff.benchmarks.transports.run_contender import end, run_client, start
from runoff.common.errors import BadInput
from runoff.common.guard import Guard
from runoff.common.printed_table import left, printed_table, wide
from runoff.common.wording import number
from runoff.environments.environment import Environment
from runoff.running import status_reader
from runoff.stats.intervals import Estimate, geometric_mean
from transports import ready

READ_EVERY_S = 1.0
WITH, WITHOUT, AGAIN = "with --status", "without", "without, again"


@dataclass(frozen=True)
class Sample:
    """One measurement: tasks a second, and microseconds of the worker's CPU for each task."""

    tasks_per_s: float
    cpu_us: float


def show(console: Console, environment: Environment, tasks: int, turns: int) -> None:
    """Measure each of the three ``turns`` times, and print the ratios."""
    seen: dict[str, list[Sample]] = {WITH: [], WITHOUT: [], AGAIN: []}
    guard = Guard()
    try:
        for turn in range(turns):
            for name in list(seen) if turn % 2 == 0 else list(seen)[::-1]:
                console.print(f"turn {turn + 1} of {turns}  {name}", style="dim")
                seen[name].append(_measure(environment, tasks, name == WITH, guard))
    finally:
        guard.close()
    wide(console).print(table(f"{environment.interpreter.described}: {tasks} no-op tasks, {turns} turns", seen))


def table(title: str, seen: dict[str, list[Sample]]) -> Table:
    """Return the ratios to a worker without status, and whether the cost is inside the A/A floor."""
    columns = left("", f"{WITH} / {WITHOUT}", f"{AGAIN} / {WITHOUT}", "inside the A/A floor")
    drawn = printed_table(title, columns)
    for what, field in (("tasks/s", "tasks_per_s"), ("CPU of the worker for a task", "cpu_us")):
        cost, same = (_ratio(seen, name, field) for name in (WITH, AGAIN))
        drawn.add_row(what, number(cost), number(same), "yes" if abs(cost.value - 1) <= floor(same) else "NO")
    return drawn


def floor(same: Estimate) -> float:
    """Return the largest difference of a worker from itself that the interval of ``same`` allows."""
    return max(abs(bound - 1) for bound in (same.low, same.high) if bound is not None)


def _ratio(seen: dict[str, list[Sample]], name: str, field: str) -> Estimate:
    """Return the ratio of neighbours in each turn, as one estimate."""
    return geometric_mean([getattr(a, field) / getattr(b, field) for a, b in zip(seen[name], seen[WITHOUT])])


def _measure(environment: Environment, tasks: int, with_status: bool, guard: Guard) -> Sample:
    serve = ["transports.worker", "zmq+tcp:127.0.0.1:*", "--kind", "thread"]
    worker = start(environment, [*serve, "--status", "127.0.0.1:0"] if with_status else serve, guard)
    over = threading.Event()
    try:
        assert worker.stdout is not None
        line = worker.stdout.readline()
        address, status = ready.read_ready(line), ready.read_status(line)
        if address is None:
            raise BadInput(f"the worker did not start: {line.strip() or 'see above'}")
        if status is not None:
            threading.Thread(target=_read, args=(status, over), daemon=True).start()
        before = _cpu_s(worker.pid)
        ask = ["contenders.closed_loop", f"zmq+tcp:{address.partition('://')[2]}", "--alone", "0"]
        counts = run_client("status", [*ask, "--tasks", str(tasks)], environment, guard)
        return Sample(counts["tasks_per_s"], 1e6 * (_cpu_s(worker.pid) - before) / tasks)
    finally:
        over.set()
        end(worker, guard)


def _read(address: str, over: threading.Event) -> None:
    """Read the status every second, as a collector would do at most."""
    while not over.wait(READ_EVERY_S):
        status_reader.read(address)


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
