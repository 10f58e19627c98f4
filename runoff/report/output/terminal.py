# Run by the report (Python 3.9 upward).
"""The answer on a terminal: for every task and interpreter its best scenario, and how they compare; then sweeps.

The short form has one table per task: of several works (sizes, delays) the one that is asked about, as in the page's
matrix in brief. What was swept has a table of its own.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from runoff.analysis import aa_floor, interference, latency, overall_mean, recovery, scaling, soak, transports, warmup
from runoff.analysis.aa_floor import Floor
from runoff.analysis.alarms import alarms
from runoff.analysis.cells import FOR_CURVES, OVERHEAD, Cell, best_of_each, compared_together, gather
from runoff.analysis.decision import main_works
from runoff.common.paths import shown
from runoff.common.wording import number, short, spread, times
from runoff.records import record
from runoff.report.output import sweep_tables
from runoff.stats import significance

WIDE = 150  # columns that show the task's table without a line break in a cell
NARROW = 110  # below this CPU, memory and state are left out of it: --all has them
UNSEEN = "?"  # a broker's share where the record has none
BESIDE = f"CPU, memory: the program's + the broker's ({UNSEEN}: not seen, since it was not the run's own node)"


def show(console: Console, run: record.Run, everything: bool = False) -> None:
    """Print the answer of ``run``; with ``everything`` every cell as well."""
    every = gather(run)
    cells = [cell for cell in every if cell.interpreter != run.header.get("again")]  # there for the A/A floor only
    completed = [cell for cell in cells if cell.status == record.OK]
    measured = [cell for cell in completed if not cell.for_latency and not interference.is_probe(cell)]
    probes = [cell for cell in completed if interference.is_probe(cell)]
    baseline = run.header["baseline"]
    _heading(console, run)
    in_a_line = sweep_tables.in_a_line(measured)
    compared = [cell for cell in measured if everything or id(cell) not in in_a_line]
    by_task = [cell for cell in compared if cell.task not in (OVERHEAD, *FOR_CURVES)]
    works = dict.fromkeys(cell.work for cell in by_task)
    shown_works = works if everything else main_works(by_task).values()
    for work in shown_works:
        of_work = [cell for cell in by_task if cell.work == work]
        lowest = aa_floor.of([cell for cell in every if cell.work == work], run.header)
        console.print(_task_table(work, of_work, run.header, lowest.share if lowest else 0.0, console.width))
        for line in _told(of_work, baseline, lowest):
            console.print("  " + line)
    if len(shown_works) < len(works):
        console.print(f"Measured as well: {'; '.join(work for work in works if work not in shown_works)} (--all)\n")
    overhead = [cell for cell in compared if cell.task == OVERHEAD and id(cell) not in in_a_line]
    if overhead:
        console.print(_overhead_table(overhead))
    for table in sweep_tables.tables(measured, everything):
        console.print(table)
    if everything:
        console.print(_every_cell(measured))
        console.print(_warm_up_table(measured, baseline))
    for line in overall_mean.told(cells, baseline, everything):
        console.print(line)
    cores = run.header["machine"]["cores"]
    for table in [
        *latency.tables(cells),
        *scaling.tables(measured, cores),
        *transports.tables(measured),
        *recovery.tables(measured),
        *soak.tables(measured),
    ]:
        console.print(table)
    if probes:
        console.print(interference.table(probes))
    if not measured and not any(cell.status == record.OK for cell in cells):
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


def _task_table(work: str, cells: list[Cell], header: dict[str, Any], lowest: float, width: int) -> Table:
    """Fits into ``width``: where that is not WIDE, cells break between value and interval."""
    baseline = header["baseline"]
    table = Table(
        title=f"{work}: best scenario of each interpreter",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1) if width >= NARROW else (0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("interpreter", no_wrap=True)
    table.add_column("best scenario", no_wrap=width >= WIDE, overflow="fold", min_width=12)
    for name in ("tasks/s", "over its serial", f"over {baseline}"):
        table.add_column(name, justify="right", no_wrap=width >= WIDE, overflow="fold")
    table.add_column("verdict")
    if width >= NARROW:
        for name in ("CPU s/1000", "memory"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("state")
    best = best_of_each(cells)
    if width >= NARROW:
        _explain(table, list(best.values()))
    reference = best.get(baseline)
    others = [label for label, cell in best.items() if label != baseline and reference and cell.ranked]
    pairs = [(best[label], reference) for label in others if reference]
    found = dict(zip(others, compared_together(pairs, header)))
    verdicts = dict(zip(found, significance.verdicts(list(found.values()), lowest)))
    for label, cell in sorted(best.items(), key=lambda item: (not item[1].ranked, -item[1].throughput.value)):
        serial = next((c for c in cells if c.interpreter == label and c.scenario == "serial"), None)
        over_serial = significance.ratio(cell.throughputs, serial.throughputs) if serial and cell.ranked else None
        row = [
            label,
            cell.name,
            number(cell.throughput) if cell.ranked else spread(cell.throughputs),
            times(over_serial),
            "1" if label == baseline else times(found[label].ratio if label in found else None),
            "baseline" if label == baseline else verdicts.get(label, "" if cell.ranked else "not ranked"),
            _cpu(cell),
            _memory(cell),
            cell.badge,
        ]
        table.add_row(*row[: len(table.columns)])
    return table


def _explain(table: Table, cells: list[Cell]) -> None:
    """Say below ``table`` what a sum in its columns CPU and memory is, where one of ``cells`` has it."""
    if any(cell.brokered for cell in cells):
        table.caption, table.caption_justify = BESIDE, "left"


def _cpu(cell: Cell) -> str:
    """CPU seconds per 1000 tasks, and the broker's beside them; BESIDE says what it means."""
    if cell.cpu_s_per_1000 is None:
        return "-"
    own, broker = short(cell.cpu_s_per_1000), cell.broker_cpu_s_per_1000
    return f"{own} + {UNSEEN if broker is None else short(broker)}" if cell.brokered else own


def _memory(cell: Cell) -> str:
    own, broker = f"{cell.peak_memory_bytes / 2**20:.0f}", cell.broker_peak_memory_bytes
    return f"{own} + {f'{broker / 2**20:.0f}' if broker else UNSEEN} MiB" if cell.brokered else f"{own} MiB"


def _told(cells: list[Cell], baseline: str, lowest: Floor | None) -> list[str]:
    """What stands below a task's table: the noise floor, and where warm-up has paid (on serial cells)."""
    lines = [lowest.told] if lowest else []
    serial = {cell.interpreter: cell for cell in cells if cell.scenario == "serial" and cell.ranked}
    for label, cell in serial.items():
        if label != baseline and baseline in serial:
            crossing = warmup.break_even(cell, serial[baseline])
            if crossing is not None:
                lines.append("serial, from process start: " + warmup.told(label, baseline, crossing))
    return lines


def _warm_up_table(cells: list[Cell], baseline: str) -> Table:
    title = f"warm-up, seconds from process start; break-even is against {baseline} in the same scenario"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("task", "interpreter", "scenario"):
        table.add_column(name, no_wrap=True)
    for name in ("first answer", "steady after", "tasks/s when steady", "break-even"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("class")
    reference = {cell.place: cell for cell in cells if cell.interpreter == baseline}
    for cell in sorted(cells, key=lambda c: (c.task, c.interpreter)):
        found = warmup.of_cell(cell)
        other = reference.get(cell.place)
        crossing = warmup.break_even(cell, other) if other and cell.interpreter != baseline else None
        table.add_row(
            cell.task,
            cell.interpreter,
            cell.name,
            f"{found.cold_s:.2g}",
            "-" if found.steady_after_s is None else f"{found.steady_after_s:.2g}",
            short(found.tasks_per_s) if cell.ranked else spread(cell.throughputs),
            f"{crossing.seconds:.2g} s, {crossing.tasks:.3g} tasks" if crossing else "-",
            cell.state,
        )
    return table


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
    for name in ("tasks in a batch", "tasks/s", "invocations", "CPU s/1000", "memory"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state")
    _explain(table, cells)
    for cell in sorted(cells, key=lambda c: (c.task, c.interpreter)):
        table.add_row(
            cell.task,
            cell.interpreter,
            cell.name,
            str(cell.n),
            number(cell.throughput) if cell.ranked else spread(cell.throughputs),
            str(len(cell.invocations)),
            _cpu(cell),
            _memory(cell),
            cell.badge or cell.state,
        )
    return table


def _counted(console: Console, cells: list[Cell]) -> None:
    """How many cells have no number, and why: never a blank."""
    missing = Counter((cell.status, cell.interpreter, cell.reason) for cell in cells if cell.status != record.OK)
    counts = Counter(cell.status for cell in cells)
    console.print("Cells: " + ", ".join(f"{counts[status]} {status}" for status in record.STATUSES if counts[status]))
    for (status, interpreter, reason), count in missing.items():
        console.print(f"  {count} {status} on {interpreter}: {reason}")
