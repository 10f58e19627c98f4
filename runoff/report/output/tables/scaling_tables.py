# Run by the report (Python 3.9 upward).
"""Speed-up and efficiency over sizes, and what a fitted law says about larger machines."""

from __future__ import annotations

import math

from rich.table import Table

from runoff.analysis import scaling
from runoff.analysis.cells.cell import Cell
from runoff.analysis.scaling import Key, Law, SpeedUp
from runoff.common.printed_table import left, printed_table, right
from runoff.stats.intervals import Estimate

SIZES = (4, 8, 16, 32, 64, 128, 256, 512, 1024)


def tables(cells: list[Cell], cores: int) -> list[Table]:
    """Return speed-up and efficiency of scenarios with several sizes, and the laws where they can be fitted."""
    several = scaling.of_several_sizes(cells)
    if not several:
        return []
    laws = scaling.laws(several, cores)
    speed_ups = _speed_up_table(scaling.speed_ups(several, cells), cores)
    return [speed_ups, *([_law_table(laws), _capacity_table(laws, cores)] if laws else [])]


def _speed_up_table(rows: list[SpeedUp], cores: int) -> Table:
    title = f"scaling on {cores} cores (* more than there are)"
    table = printed_table(
        title,
        left("task", "interpreter", "scenario", no_wrap=True),
        right("N", "tasks/s", "over serial", "over its N = 1", "per core used", no_wrap=True),
    )
    for row in rows:
        table.add_row(
            row.task,
            row.interpreter,
            row.scenario,
            f"{row.size}{'*' if row.size > cores else ''}",
            f"{row.cell.throughput.value:.4g}",
            _with_interval(row.over_serial) if row.over_serial else "-",
            "1" if row.size == 1 else _with_interval(row.over_one),
            f"{100 * row.per_core(cores):.0f} %",
        )
    return table


def _law_table(laws: dict[Key, Law]) -> Table:
    table = printed_table(
        "Universal Scalability Law",
        left("task", "interpreter", "scenario", no_wrap=True),
        right("points", "X(1) tasks/s", "contention", "coherence", "peak at N", "residual", no_wrap=True),
    )
    for (task, label, scenario, _), law in laws.items():
        peak = "none" if math.isinf(law.peak) or law.peak > 10 * SIZES[-1] else f"{law.peak:.0f}"
        numbers = (
            f"{law.one:.4g}",
            f"{law.contention:.2g}",
            f"{law.coherence:.2g}",
            peak,
            f"{100 * law.residual:.1f} %",
        )
        table.add_row(task, label, scenario, str(law.points), *numbers)
    return table


def _capacity_table(laws: dict[Key, Law], cores: int) -> Table:
    title = f"capacity in tasks/s by that law; every N above {cores} is EXTRAPOLATED, with its 95 % interval"
    sizes = (f"{size}{' (extr.)' if size > cores else ''}" for size in SIZES)
    table = printed_table(title, left("task", "interpreter", "scenario"), right(*sizes))
    for (task, label, scenario, _), law in laws.items():
        table.add_row(task, label, scenario, *(_with_interval(law.at(size)) for size in SIZES))
    return table


def _with_interval(estimate: Estimate) -> str:
    if estimate.low is None or estimate.high is None:
        return f"{estimate.value:.3g}"
    return f"{estimate.value:.3g} [{estimate.low:.3g}, {estimate.high:.3g}]"
