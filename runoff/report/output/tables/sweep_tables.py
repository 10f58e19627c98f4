# Run by the report (Python 3.9 upward).
"""Sweeps: a table per swept parameter, a row per way, a column per value, and the break-even points."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from runoff.analysis.cells.cell import Cell
from runoff.analysis.sweep_lines import SWEPT, Line, Lines, over_serial, side, since, swept
from runoff.common.printed_table import left, printed_table, right
from runoff.common.wording import duration, number, short, size
from runoff.stats.intervals import Estimate


@dataclass(frozen=True)
class Sweep:
    """One kind of sweep.

    ``in_words`` puts a value of the parameter in words; ``figure`` says what is shown of a cell and of its speed over
    serial.
    """

    parameter: str
    title: str
    in_words: Callable[[float], str]
    figure: Callable[[Cell, Estimate | None], Estimate | None]


def _us(cell: Cell, _over_serial: Estimate | None) -> Estimate:
    """Return the microseconds per task, with the interval."""
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


def tables(cells: list[Cell]) -> list[Table]:
    """Return a table for each kind of sweep that ``cells`` hold."""
    found = [(sweep, swept(cells, sweep.parameter, *SWEPT[sweep.parameter])) for sweep in SWEEPS]
    return [_table(sweep, lines) for sweep, lines in found if lines]


def _table(sweep: Sweep, lines: Lines) -> Table:
    against = over_serial(lines)
    tasks = dict.fromkeys(cell.task for line in lines.values() for cell in line.values())
    title = f"{', '.join(tasks)}: {sweep.title}"
    values = sorted({value for line in lines.values() for value in line})
    once = all(len(cell.invocations) == 1 for line in lines.values() for cell in line.values())
    if once:
        title += "; one invocation each: no intervals"
    table = printed_table(
        title,
        left("interpreter", no_wrap=True),
        left("way"),
        right(*map(sweep.in_words, values)),
        left("against serial") if against else [],
    )
    for (label, name), line in lines.items():
        ratios: dict[Any, Estimate] = dict(against.get((label, name), []))
        figures = {value: sweep.figure(cell, ratios.get(value)) for value, cell in line.items()}
        if not any(figures.values()):
            continue  # serial itself, where all is against it
        in_words = (lambda found: short(found.value)) if once else number
        shown = [in_words(found) if (found := figures.get(value)) else "-" for value in values]
        verdict = [_verdict(against.get((label, name)), sweep.in_words)] if against else []
        table.add_row(label, name, *shown, *verdict)
    return table


def _verdict(line: Line | None, in_words: Callable[[float], str]) -> str:
    if line is None:
        return ""
    last = side(line[-1][1])
    if not last:
        return "cannot tell"
    return f"{'ahead' if last > 0 else 'behind'} {since(line, in_words)}"
