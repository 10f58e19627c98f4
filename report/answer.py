# Run by the report (Python 3.9 upward).
"""The answer on a terminal: for every task and interpreter its best scenario, and how they compare."""

from __future__ import annotations

from collections import Counter

from rich import box
from rich.console import Console
from rich.table import Table

from bench import record
from bench.paths import shown
from report import stats
from report.alarms import alarms
from report.cells import Cell, gather
from report.stats import Estimate

OVERHEAD = "noop"  # this task costs nothing: its cells show what the scenarios cost


def show(console: Console, run: record.Run, everything: bool = False) -> None:
    """Print the answer of ``run``; with ``everything`` every cell as well."""
    cells = gather(run)
    measured = [cell for cell in cells if cell.status == record.OK]
    baseline = run.header["baseline"]
    _heading(console, run)
    for task in dict.fromkeys(cell.task for cell in measured if cell.task != OVERHEAD):
        console.print(_task_table(task, [cell for cell in measured if cell.task == task], baseline))
    overhead = [cell for cell in measured if cell.task == OVERHEAD]
    if overhead:
        console.print(_overhead_table(overhead))
    if everything:
        console.print(_every_cell(measured))
    if not measured:
        console.print("Nothing was measured.")
    _counted(console, cells)
    for alarm in alarms(run, cells):
        console.print(f"! {alarm}")
    console.print(f"Records: {shown(run.folder)}")


def _heading(console: Console, run: record.Run) -> None:
    machine = run.header["machine"]
    console.print(
        f"\n{run.header['profile']} profile, {machine['cores']} cores ({machine['cpu']}), seed {run.header['seed']}. "
        f"Intervals are 95 %, over invocations. Ratios are speeds: above 1 is faster."
    )
    for label, interpreter in run.header["interpreters"].items():
        console.print(
            f"  {label:<16} {interpreter['described']}{'  (baseline)' if label == run.header['baseline'] else ''}"
        )


def _task_table(task: str, cells: list[Cell], baseline: str) -> Table:
    table = Table(title=f"{task}: best scenario of each interpreter", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("interpreter", "best scenario"):
        table.add_column(name, no_wrap=True)
    for name in ("tasks/s", "over its serial", f"over {baseline}"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    table.add_column("memory", justify="right", no_wrap=True)
    best = {
        label: _best([c for c in cells if c.interpreter == label])
        for label in dict.fromkeys(c.interpreter for c in cells)
    }
    for label, cell in sorted(best.items(), key=lambda item: -item[1].throughput.value):
        serial = next((c for c in cells if c.interpreter == label and c.scenario == "serial"), None)
        over_serial = stats.ratio(cell.throughputs, serial.throughputs) if serial else None
        reference = best.get(baseline)
        over_baseline = stats.ratio(cell.throughputs, reference.throughputs) if reference else None
        counted = min(len(cell.throughputs), len(reference.throughputs)) if reference else 0
        table.add_row(
            label,
            ("~" if cell.mostly_unsettled else "") + cell.name,
            number(cell.throughput),
            times(over_serial),
            "1" if label == baseline else times(over_baseline),
            "baseline" if label == baseline else stats.verdict(over_baseline, counted) if over_baseline else "",
            f"{cell.peak_memory_bytes / 2**20:.0f} MiB",
        )
    return table


def _best(cells: list[Cell]) -> Cell:
    return max(cells, key=lambda cell: cell.throughput.value)


def _overhead_table(cells: list[Cell]) -> Table:
    table = Table(
        title="what a scenario costs, in microseconds per task (noop)", title_justify="left", box=box.SIMPLE_HEAD
    )
    table.add_column("interpreter", no_wrap=True)
    names = list(dict.fromkeys(cell.name for cell in cells))
    for name in names:
        table.add_column(name, justify="right")
    for label in dict.fromkeys(cell.interpreter for cell in cells):
        found = {cell.name: cell for cell in cells if cell.interpreter == label}
        table.add_row(label, *(f"{1e6 / found[n].throughput.value:.3g}" if n in found else "-" for n in names))
    return table


def _every_cell(cells: list[Cell]) -> Table:
    table = Table(title="every cell", title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("task", "interpreter", "scenario"):
        table.add_column(name, no_wrap=True)
    for name in ("tasks in a batch", "tasks/s", "invocations", "memory"):
        table.add_column(name, justify="right", no_wrap=True)
    for cell in sorted(cells, key=lambda c: (c.task, c.interpreter)):
        memory = f"{cell.peak_memory_bytes / 2**20:.0f} MiB"
        scenario = ("~" if cell.mostly_unsettled else "") + cell.name
        size, invocations = str(cell.n), str(len(cell.throughputs))
        table.add_row(cell.task, cell.interpreter, scenario, size, number(cell.throughput), invocations, memory)
    return table


def _counted(console: Console, cells: list[Cell]) -> None:
    """How many cells have no number, and why: never a blank."""
    missing = Counter((cell.status, cell.interpreter, cell.reason) for cell in cells if cell.status != record.OK)
    counts = Counter(cell.status for cell in cells)
    console.print("Cells: " + ", ".join(f"{counts[status]} {status}" for status in record.STATUSES if counts[status]))
    for (status, interpreter, reason), count in missing.items():
        console.print(f"  {count} {status} on {interpreter}: {reason}")


def number(estimate: Estimate) -> str:
    """1234 [1200, 1270]"""
    if estimate.low is None or estimate.high is None:
        return f"{_short(estimate.value)} [no interval]"
    return f"{_short(estimate.value)} [{_short(estimate.low)}, {_short(estimate.high)}]"


def times(estimate: Estimate | None) -> str:
    """1.97 [1.92, 2.01]; a dash where there is nothing to compare with."""
    return number(estimate) if estimate else "-"


def _short(value: float) -> str:
    """Three significant digits, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
