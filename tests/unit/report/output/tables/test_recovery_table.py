"""The table of killed workers."""

from __future__ import annotations

import io

from rich.console import Console

from runoff.analysis.cells.cell import Cell
from runoff.report.output.tables import recovery_table
from tests.helpers import runs


def cell(*kills):
    found = Cell("python", "distributed", "sleep", 20, {"transport": "amqp"}, "ok")
    found.invocations = [{"kills": each} for each in kills]
    return found


def shown(cells):
    stream = io.StringIO()
    for table in recovery_table.tables(cells):
        Console(file=stream, width=200, markup=False).print(table)
    return stream.getvalue()


def test_the_table_has_a_row_for_each_cell_whose_workers_were_killed():
    text = shown([cell(runs.kills(30, 50, lost=2, twice=1)), cell(None)])
    assert "workers killed (SIGKILL)" in text
    (row,) = [line for line in text.splitlines() if "amqp" in line]
    assert row.split() == ["python", "distributed[amqp]", "2", "250", "40", "[n=1]", "50", "600", "2", "1", "2"]
    assert shown([cell(None)]) == ""
