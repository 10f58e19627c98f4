# Run by the report (Python 3.9 upward).
"""Sweeps on a terminal: a table per parameter that was moved, a row per way, a column per value, and where a way and
serial break even."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.table import Table

from runoff.analysis.cells import Cell
from runoff.analysis.sweep_lines import SWEPT, Line, Lines, crossings, over_serial, side, since, swept
from runoff.common.wording import duration, number, short, size
from runoff.stats.intervals import Estimate

MOST = 6  # values with a column of their own


@dataclass(frozen=True)
class Sweep:
    """``told``: a value of the parameter in words; ``figure``: of a cell and of how many times as fast as serial it is,
    what is shown."""

    parameter: str
    title: str
    told: Callable[[float], str]
    figure: Callable[[Cell, Estimate | None], Estimate | None]


def _us(cell: Cell, _over_serial: Estimate | None) -> Estimate:
    """Microseconds per task, the interval turned round."""
    found = cell.throughput
    return Estimate(1e6 / found.value, 1e6 / found.high if found.high else None, 1e6 / found.low if found.low else None)


SWEEPS = (
    Sweep(
        "length_ms",
        "times the speed of serial, by the length of a task",
        lambda ms: duration(1000 * ms),
        lambda _cell, over_serial: over_serial,
    ),
    Sweep("payload_bytes", "microseconds per task, by what goes in and comes out again", size, _us),
    Sweep("in_flight", "tasks/s, by the tasks under way at once", short, lambda cell, _: cell.throughput),
    Sweep("credit", "tasks/s, by what a worker is given ahead", short, lambda cell, _: cell.throughput),
)


def tables(cells: list[Cell], everything: bool = False) -> list[Table]:
    """Of more than MOST values those that decide, but for ``everything``."""
    found = [(sweep, swept(cells, sweep.parameter, *SWEPT[sweep.parameter])) for sweep in SWEEPS]
    return [_table(sweep, lines, everything) for sweep, lines in found if lines]


def _table(sweep: Sweep, lines: Lines, everything: bool) -> Table:
    against = over_serial(lines)
    tasks = dict.fromkeys(cell.task for line in lines.values() for cell in line.values())
    title = f"{', '.join(tasks)}: {sweep.title}"
    values = sorted({value for line in lines.values() for value in line})
    kept = values if everything else decisive(values, [at for line in against.values() for at in crossings(line)])
    if kept != values:
        title += f" ({len(kept)} of {len(values)} values: --all)"
    once = all(len(cell.invocations) == 1 for line in lines.values() for cell in line.values())
    if once:
        title += "; one invocation each: no intervals"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("interpreter", no_wrap=True)
    table.add_column("way")
    for value in kept:
        table.add_column(sweep.told(value), justify="right")
    if against:
        table.add_column("against serial")
    for (label, name), line in lines.items():
        ratios: dict[Any, Estimate] = dict(against.get((label, name), []))
        figures = {value: sweep.figure(cell, ratios.get(value)) for value, cell in line.items()}
        if not any(figures.values()):
            continue  # serial itself, where all is against it
        told = (lambda found: short(found.value)) if once else number
        shown = [told(found) if (found := figures.get(value)) else "-" for value in kept]
        verdict = [_verdict(against.get((label, name)), sweep.told)] if against else []
        table.add_row(label, name, *shown, *verdict)
    return table


def decisive(values: list[float], break_evens: list[float]) -> list[float]:
    """At most MOST of ``values``: the ends, those on either side of a break-even, then the others from the largest."""
    if len(values) <= MOST:
        return values
    beside = [
        pair for at in break_evens for pair in (max(v for v in values if v <= at), min(v for v in values if v >= at))
    ]
    return sorted(list(dict.fromkeys([values[0], values[-1], *beside, *reversed(values)]))[:MOST])


def _verdict(line: Line | None, told: Callable[[float], str]) -> str:
    if line is None:
        return ""
    last = side(line[-1][1])
    if not last:
        return "cannot tell"
    return f"{'ahead' if last > 0 else 'behind'} {since(line, told)}"
