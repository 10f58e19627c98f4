"""The table of memory over a soak."""

from __future__ import annotations

import io

from rich.console import Console

from runoff.analysis.cells.gathering import gather
from runoff.report.output.tables import soak_table
from tests.helpers.exact_runs import cell, measured, run_of


def shown(tmp_path, *records):
    stream = io.StringIO()
    for table in soak_table.tables(gather(run_of(tmp_path, [cell()], records))):
        Console(file=stream, width=200, markup=False).print(table)
    return stream.getvalue()


def row(text):
    (found,) = [line for line in text.splitlines() if "serial" in line]
    return found.split()


def test_a_slope_is_told_by_the_hour_and_by_the_thousand_tasks(tmp_path):
    """10 tasks a second; 1 MiB in 100 s."""
    series = [[at, 2**20 * at / 100] for at in range(601)]
    (record,) = measured(cell(), 1.0, memory_series=series, checked=6000)
    assert row(shown(tmp_path, record)) == [
        *("python", "cpython-3.13", "serial", "10.0", "6000", "10", "MiB"),
        *("36.00", "[36.00,", "36.00]", "1048576", "grows"),
    ]


def test_too_short_a_soak_cannot_tell(tmp_path):
    (record,) = measured(cell(), 1.0, memory_series=[[0, 1], [1, 2]], checked=60, peak_memory_bytes=None)
    assert row(shown(tmp_path, record)) == (
        [
            "python",
            "cpython-3.13",
            "serial",
            "-",
            "60",
            "0",
            "MiB",
            "-",
            "-",
            "cannot",
            "tell",
            "(too",
            "short:",
            "--soak",
            "MINUTES)",
        ]
    )


def test_a_run_that_did_not_soak_has_no_such_table(tmp_path):
    assert shown(tmp_path, *measured(cell(), 1.0)) == ""
