# Run by the driver (Python 3.9 upward).
"""The tables of a record of several hosts: medians of the turns, and the share of the speed without a delay."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from rich.table import Column, Table

from runoff.benchmarks.hosts.measure import DELAYS_MS, RATE
from runoff.benchmarks.transports.contender import counted
from runoff.common.loose import Data
from runoff.common.printed_table import left, printed_table, right

#: The least share of the speed without a delay that is good enough, by the delay.
AIMS = {2: 0.9, 20: 0.8}


def tables(record: Data) -> list[Table]:
    """Return the tables of ``record``, in order."""
    return [_speeds(record), _latencies(record), _lengths(record)]


def by_delay(rows: list[Data]) -> dict[tuple[str, ...], dict[float, Data]]:
    """Return {(contender, task length if there is one): {delay: row}}."""
    found: dict[tuple[str, ...], dict[float, Data]] = {}
    for row in rows:
        key = (row["contender"], *([f"{row['task_ms']:g}"] if "task_ms" in row else []))
        found.setdefault(key, {})[row["delay_ms"]] = row
    return found


def _speeds(record: Data) -> Table:
    title = f"{record['described']}: client, worker and broker {record['where']}; {counted(record['turns'])}"
    table = printed_table(f"{title}; no-op tasks a second", left(""))
    for delay_ms in DELAYS_MS:
        table.add_column(f"{delay_ms} ms", justify="right")
        if delay_ms in AIMS:
            table.add_column(f"of 0 ms, aim {AIMS[delay_ms]:.0%}", justify="right")
    for key, rows in by_delay(record["speeds"]).items():
        cells = []
        for delay_ms in DELAYS_MS:
            speeds = rows[delay_ms]["tasks_per_s"]
            cells.append(f"{statistics.median(speeds):.0f}")
            if delay_ms in AIMS:
                near = rows[0]["tasks_per_s"]
                cells.append(f"{statistics.median(far / first for far, first in zip(speeds, near)):.0%}")
        table.add_row(*key, *cells)
    return table


def _latencies(record: Data) -> Table:
    title = f"{RATE} no-op tasks a second; milliseconds from the moment each should have begun, median and p99"
    return _by_delay(record["latencies"], title, left(""), lambda row: f"{_ms(row['p50_us'])}  {_ms(row['p99_us'])}")


def _lengths(record: Data) -> Table:
    title = "the share of its time that one worker spends in such tasks"
    columns = [*left(""), *right("task, ms")]
    return _by_delay(record["lengths"], title, columns, lambda row: f"{statistics.median(row['efficiency']):.0%}")


def _by_delay(rows: list[Data], title: str, columns: list[Column], cell: Callable[[Data], str]) -> Table:
    table = printed_table(title, columns, right(*(f"{delay_ms} ms" for delay_ms in DELAYS_MS)))
    for key, at in by_delay(rows).items():
        table.add_row(*key, *(cell(at[delay_ms]) for delay_ms in DELAYS_MS))
    return table


def _ms(times_us: list[float]) -> str:
    return f"{statistics.median(times_us) / 1000:.1f}"
