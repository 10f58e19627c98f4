# Run by the report (Python 3.9 upward).
"""Memory growth: a slope over a soak, with an interval."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from rich import box
from rich.table import Table
from scipy import stats as scipy_stats

from runoff.analysis.cells import Cell
from runoff.stats.intervals import CONFIDENCE

SETTLING = 0.25  # of the soak, left out: caches fill and a compiler warms up
BLOCKS = 20  # means over stretches, because samples next to each other are not independent


@dataclass(frozen=True)
class Slope:
    """A slope in bytes per second; low and high bound the true one in 95 % of cases."""

    value: float
    low: float
    high: float
    minutes: float

    @property
    def verdict(self) -> str:
        """The verdict in words."""
        if self.low > 0:
            return "grows"
        return "shrinks" if self.high < 0 else "no growth seen"


def slope(series: list[list[float]]) -> Slope | None:
    """Return the slope of [[seconds, bytes], ...]; None where there are fewer than two samples a block.

    It is Theil and Sen's over means of blocks, which a collector's sawtooth or one jump does not bend.
    """
    until = series[-1][0] if series else 0.0
    kept = [point for point in series if point[0] >= SETTLING * until]
    if len(kept) < 2 * BLOCKS:
        return None
    bounds = [round(len(kept) * at / BLOCKS) for at in range(BLOCKS + 1)]
    blocks = [kept[begin:end] for begin, end in zip(bounds, bounds[1:])]
    times, sizes = ([statistics.fmean(point[at] for point in block) for block in blocks] for at in (0, 1))
    found = scipy_stats.theilslopes(sizes, times, CONFIDENCE)
    return Slope(float(found[0]), float(found[2]), float(found[3]), until / 60)


def tables(cells: list[Cell]) -> list[Table]:
    """Return the soak's table, where there was one."""
    soaked = [cell for cell in cells if any(each["memory_series"] for each in cell.invocations)]
    if not soaked:
        return []
    title = "memory over a soak: slope of the tree's memory after its first quarter, 95 % interval"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for name in ("task", "interpreter", "scenario"):
        table.add_column(name, no_wrap=True)
    for name in ("minutes", "tasks", "peak", "MiB per hour", "bytes per 1000 tasks"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    for cell in soaked:
        each = cell.invocations[-1]
        found = slope(each["memory_series"] or [])
        named = (cell.task, cell.interpreter, cell.name)
        peak = f"{(each['peak_memory_bytes'] or 0) / 2**20:.0f} MiB"
        if found is None:
            table.add_row(*named, "-", str(each["checked"]), peak, "-", "-", "cannot tell (too short: --soak MINUTES)")
            continue
        hourly = [3600 * value / 2**20 for value in (found.value, found.low, found.high)]
        per_1000 = found.value * 1000 / cell.throughput.value
        table.add_row(
            *named,
            f"{found.minutes:.1f}",
            str(each["checked"]),
            peak,
            f"{hourly[0]:.2f} [{hourly[1]:.2f}, {hourly[2]:.2f}]",
            f"{per_1000:.0f}",
            found.verdict,
        )
    return [table]
