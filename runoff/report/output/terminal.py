# Run by the report (Python 3.9 upward).
"""Every table of a run on a terminal: the best scenario of each work and interpreter, sweeps, cells, latencies, alarms.

short_form.py prints what fits on a screen.
"""

from __future__ import annotations

from collections import Counter

from rich.console import Console
from rich.table import Table

from runoff.analysis import overall_mean, warmup
from runoff.analysis.aa_floor import Floor
from runoff.analysis.alarms import alarms
from runoff.analysis.cells.cell import FOR_CURVES, Cell
from runoff.analysis.comparisons import variant_lines
from runoff.analysis.deployable import builds, support
from runoff.analysis.deployable.order import ordered
from runoff.analysis.measured_cells import MeasuredCells, count_outcomes
from runoff.analysis.ranking import Ranking, rank
from runoff.analysis.warmup import BreakEven
from runoff.common.paths import shown
from runoff.common.printed_table import left, printed_table, right
from runoff.common.wording import number, short, spread, times
from runoff.records import record
from runoff.records.record import OVERHEAD
from runoff.report.output.tables import (
    free_threading_table,
    interference_table,
    latency_table,
    noise_table,
    recovery_table,
    scaling_tables,
    soak_table,
    sweep_tables,
    time_spent_tables,
    transport_tables,
)

WIDE = 150  # columns that show the task's table without a line break in a cell
NARROW = 110  # below this CPU, memory and state are left out of it: --all has them
UNSEEN = "?"  # a broker's share where the record has none
BESIDE = f"CPU, memory: the program's + the broker's ({UNSEEN}: not seen, since it was not the run's own node)"


def show(console: Console, run: record.Run) -> None:
    """Print every table of ``run``."""
    found = MeasuredCells.of(run)
    measured, baseline = found.measured, found.baseline
    _heading(console, run)
    crossings = warmup.break_evens(found)
    works = dict.fromkeys(cell.work for cell in measured if cell.task not in (OVERHEAD, *FOR_CURVES))
    for work in works:
        ranking = rank(found, work)
        console.print(_task_table(ranking, baseline, console.width))
        for line in _notes(ranking.floor, found.of_work(work), baseline, crossings):
            console.print("  " + line)
    overhead = [cell for cell in found.by_itself if cell.task == OVERHEAD]
    if overhead:
        console.print(_overhead_table(overhead))
    for table in sweep_tables.tables(measured):
        console.print(table)
    console.print(_every_cell(measured))
    console.print(_warm_up_table(measured, baseline, crossings))
    for line in [*overall_mean.in_words(found.planned, baseline), *variant_lines.in_words(found)]:
        console.print(line)
    cores = run.header["machine"]["cores"]
    for table in [
        *free_threading_table.tables(found),
        *latency_table.tables(found.driven),
        *scaling_tables.tables(measured, cores),
        *transport_tables.tables(measured),
        *recovery_table.tables(measured),
        *soak_table.tables(measured),
        *time_spent_tables.tables(run),
        *noise_table.tables(measured),
        *interference_table.tables(found.probes),
    ]:
        console.print(table)
    if not found.completed:
        console.print("Nothing was measured.")
    _counted(console, found.planned)
    for alarm in alarms(run, found.planned):
        console.print(f"! {alarm}")
    console.print(f"Records: {shown(run.folder)}")


def _heading(console: Console, run: record.Run) -> None:
    machine = run.header["machine"]
    console.print(
        f"\n{run.header['profile']} profile, {machine['cores']} cores ({machine['cpu']}), seed {run.header['seed']}. "
        f"Intervals are 95 %, over invocations. Ratios are speeds: above 1 is faster."
    )
    ended = support.ended(run.header)
    for label in ordered(run.header["interpreters"]):
        facts = run.header["interpreters"][label]
        marks = [*(["baseline"] if label == run.header["baseline"] else []), builds.in_words(facts)]
        marks += [f"past its end of support, {ended[label]}"] if label in ended else []
        console.print(f"  {label:<16} {facts['described']} ({'; '.join(marks)})")


def _task_table(ranking: Ranking, baseline: str, width: int) -> Table:
    """Return the table of one work, ``width`` columns wide: where that is not WIDE, cells break before an interval."""
    table = printed_table(
        f"{ranking.work}: best scenario of each interpreter",
        left("interpreter", no_wrap=True),
        padding=(0, 1) if width >= NARROW else (0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("best scenario", no_wrap=width >= WIDE, overflow="fold", min_width=12)
    for name in ("tasks/s", "over its serial", f"over {baseline}"):
        table.add_column(name, justify="right", no_wrap=width >= WIDE, overflow="fold")
    table.add_column("verdict")
    if width >= NARROW:
        for name in ("CPU s/1000", "memory"):
            table.add_column(name, justify="right", no_wrap=True)
        table.add_column("state")
        _explain(table, [place.cell for place in ranking.places])
    for place in ranking.places:
        label, cell = place.interpreter, place.cell
        row = [
            label,
            cell.name,
            number(cell.throughput) if cell.ranked else spread(cell.throughputs),
            "1" if cell.scenario == "serial" else times(place.over_serial),
            "1" if label == baseline else times(place.ratio),
            place.verdict,
            _cpu(cell),
            _memory(cell),
            cell.badge,
        ]
        table.add_row(*row[: len(table.columns)])
    return table


def _explain(table: Table, cells: list[Cell]) -> None:
    """Explain below ``table`` the sums in its columns CPU and memory, where one of ``cells`` has them."""
    if any(cell.brokered for cell in cells):
        table.caption = BESIDE


def _cpu(cell: Cell) -> str:
    """Return CPU seconds per 1000 tasks, and the broker's beside them; BESIDE explains it."""
    if cell.cpu_s_per_1000 is None:
        return "-"
    own, broker = short(cell.cpu_s_per_1000), cell.broker_cpu_s_per_1000
    return f"{own} + {UNSEEN if broker is None else short(broker)}" if cell.brokered else own


def _memory(cell: Cell) -> str:
    own, broker = f"{cell.peak_memory_bytes / 2**20:.0f}", cell.broker_peak_memory_bytes
    return f"{own} + {f'{broker / 2**20:.0f}' if broker else UNSEEN} MiB" if cell.brokered else f"{own} MiB"


def _notes(lowest: Floor | None, cells: list[Cell], baseline: str, crossings: dict[int, BreakEven]) -> list[str]:
    """Return the notes below a task's table: the noise floor, and where warm-up has paid (on serial cells)."""
    lines = [lowest.in_words] if lowest else []
    for cell in cells:
        if cell.scenario == "serial" and (crossing := crossings.get(id(cell))) is not None:
            said = warmup.in_words(cell.interpreter, baseline, crossing)
            lines.append(f"serial, from process start: {said}")
    return lines


def _warm_up_table(cells: list[Cell], baseline: str, crossings: dict[int, BreakEven]) -> Table:
    title = f"warm-up, seconds from process start; break-even is against {baseline} in the same scenario"
    table = printed_table(
        title,
        left("task", "interpreter", "scenario", no_wrap=True),
        right("first answer", "steady after", "tasks/s when steady", "compiler's share", "break-even", no_wrap=True),
        left("class"),
    )
    for cell in sorted(cells, key=lambda c: c.task):
        found = warmup.of_cell(cell)
        crossing = crossings.get(id(cell))
        table.add_row(
            cell.task,
            cell.interpreter,
            cell.name,
            f"{found.cold_s:.2g}",
            "-" if found.steady_after_s is None else f"{found.steady_after_s:.2g}",
            short(found.tasks_per_s) if cell.ranked else spread(cell.throughputs),
            "-" if found.compiler_share is None else f"{100 * found.compiler_share:.1f} %",
            f"{crossing.seconds:.2g} s, {crossing.tasks:.3g} tasks" if crossing else "-",
            cell.state,
        )
    return table


def _overhead_table(cells: list[Cell]) -> Table:
    names = list(dict.fromkeys(cell.name for cell in cells))
    title = "what a scenario costs, in microseconds per task (noop)"
    table = printed_table(title, left("interpreter", no_wrap=True), right(*names))
    for label in dict.fromkeys(cell.interpreter for cell in cells):
        found = {cell.name: cell for cell in cells if cell.interpreter == label}
        table.add_row(label, *(f"{1e6 / found[n].throughput.value:.3g}" if n in found else "-" for n in names))
    return table


def _every_cell(cells: list[Cell]) -> Table:
    table = printed_table(
        "every cell",
        left("task", "interpreter", "scenario", no_wrap=True),
        right("tasks in a batch", "tasks/s", "invocations", "CPU s/1000", "memory", no_wrap=True),
        left("state"),
    )
    _explain(table, cells)
    for cell in sorted(cells, key=lambda c: c.task):
        table.add_row(
            cell.task,
            cell.interpreter,
            cell.name,
            str(cell.batch),
            number(cell.throughput) if cell.ranked else spread(cell.throughputs),
            str(len(cell.invocations)),
            _cpu(cell),
            _memory(cell),
            cell.badge or cell.state,
        )
    return table


def _counted(console: Console, cells: list[Cell]) -> None:
    """Print how many cells had which outcome, and why some have no number."""
    missing = Counter((cell.outcome, cell.interpreter, cell.reason) for cell in cells if not cell.measured)
    console.print("Cells: " + ", ".join(f"{count} {outcome}" for outcome, count in count_outcomes(cells).items()))
    for (outcome, interpreter, reason), count in missing.items():
        console.print(f"  {count} {outcome} on {interpreter}: {reason}")
