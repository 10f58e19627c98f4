# Run by the report (Python 3.9 upward).
"""Where the time of a run went, a row for each kind of invocation, and one for each task."""

from __future__ import annotations

from rich.table import Table

from runoff.analysis.time_spent import Spent, by_kind, by_task
from runoff.common.printed_table import left, printed_table, right
from runoff.records import record


def tables(run: record.Run) -> list[Table]:
    """Return both tables; none where nothing was measured."""
    kinds = by_kind(run)
    if not kinds:
        return []
    return [_by_kind_table(kinds), _by_task_table(by_task(run))]


def _by_kind_table(kinds: dict[str, Spent]) -> Table:
    table = printed_table(
        "Where the time went: seconds by what an invocation was for",
        left("for", no_wrap=True),
        right("invocations", "start", "imports, pools, workers", "cold iteration", "warm ones", "the rest", "all"),
    )
    for name, spent in kinds.items():
        stretches = (spent.starting_s, spent.opening_s, spent.cold_s, spent.warm_s, spent.rest_s, spent.total_s)
        table.add_row(name, str(spent.count), *(f"{seconds:.0f}" for seconds in stretches))
    return table


def _by_task_table(tasks: dict[str, dict[str, Spent]]) -> Table:
    title = "Seconds, and how many invocations, by task and interpreter"
    table = printed_table(title, left("task", no_wrap=True), right(*next(iter(tasks.values()))))
    for task, of_each in tasks.items():
        table.add_row(task, *map(_seconds_and_count, of_each.values()))
    return table


def _seconds_and_count(spent: Spent) -> str:
    return f"{spent.total_s:.0f} ({spent.count})" if spent.count else "-"
