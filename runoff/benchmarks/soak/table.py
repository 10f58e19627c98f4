# Run by the driver (Python 3.9 upward).
"""The tables of a soak: what became of the tasks, which faults came, and what grew."""

from __future__ import annotations

from rich.table import Table

from runoff.benchmarks.soak.run import Report
from runoff.common.printed_table import left, printed_table, right
from runoff.stats.slope import Slope, slope


def tables(report: Report) -> list[Table]:
    """Return the tables of ``report``."""
    return [_tasks(report), _growth(report)]


def summary(report: Report) -> list[str]:
    """Return what the tables do not say, a sentence each."""
    faults = ", ".join(f"{name} {count}" for name, count in sorted(report.faults.items())) or "none"
    return [
        *(f"{name}: {interpreters}" for name, interpreters in report.flows.items()),
        f"faults: {faults}; workers started again {report.restarts} times",
        f"left over: {report.leftovers}",
    ]


def _tasks(report: Report) -> Table:
    minutes = report.seconds / 60
    title = f"{minutes:.1f} minutes, seed {report.plan.seed}, {report.plan.per_minute:g} faults a minute"
    drawn = printed_table(title, show_footer=True)
    counts, begins = report.counts, report.begins
    drawn.add_column("", footer="all", no_wrap=True)
    rows = {
        name: (
            counts[name].submitted,
            counts[name].lost,
            counts[name].twice,
            counts[name].wrong,
            sum(counts[name].errors.values()),
            begins[name].again,
            begins[name].most,
        )
        for name in counts
    }
    named = ("tasks", "lost", "delivered twice", "wrong", "errors", "run again", "most runs of one task")
    for index, column in enumerate(named):
        figures = [row[index] for row in rows.values()]
        total = max(figures) if column == named[-1] else sum(figures)
        drawn.add_column(column, footer=str(total), justify="right")
    for name, row in rows.items():
        drawn.add_row(name, *map(str, row))
    return drawn


def _growth(report: Report) -> Table:
    title = "growth after the first quarter, 95 % interval"
    figures = right("memory", "MiB an hour", "", "descriptors", "an hour", "")
    drawn = printed_table(title, left("", no_wrap=True), figures)
    for name, series in report.groups.items():
        memory, descriptors = slope(series.memory_bytes), slope(series.descriptors)
        drawn.add_row(
            name,
            f"{series.memory_bytes[-1][1] / 2**20:.0f} MiB",
            *_hourly(memory, 2**20),
            f"{series.descriptors[-1][1]:.0f}",
            *_hourly(descriptors, 1),
        )
    return drawn


def _hourly(found: Slope | None, unit: int) -> tuple[str, str]:
    if found is None:
        return "-", "cannot tell: too short"
    value, low, high = (3600 * each / unit for each in (found.value, found.low, found.high))
    return f"{value:.2f} [{low:.2f}, {high:.2f}]", found.verdict
