"""The tables of transports: what each promises, and its figures."""

from __future__ import annotations

import io

from rich.console import Console

from runoff.analysis.measured_cells import MeasuredCells
from runoff.report.output.tables import transport_tables
from tests.helpers import runs
from tests.helpers.exact_runs import measured, run_of

ONE = "cpython-3.13"
PROMISED = ["answered", "resent"]


def wired(transport, task="noop", batch=100, label=ONE, **parameters):
    return runs.cell(label, "distributed", task, batch, transport=transport, **parameters)


def cells_of(folder, *rows):
    """``rows``: (cell, seconds of a batch, further fields)."""
    records = [each for planned, seconds, more in rows for each in measured(planned, seconds, seconds, **more)]
    return MeasuredCells.of(run_of(folder, [planned for planned, *_ in rows], records)).measured


MEMORY = (wired("memory"), 1.0, {"guarantees": PROMISED})
SERIAL = (runs.cell(ONE, "serial", "noop", 100), 0.5, {})


def shown(cells):
    stream = io.StringIO()
    for table in transport_tables.tables(cells):
        Console(file=stream, width=200, markup=False).print(table)
    return stream.getvalue()


def test_the_terminal_has_promises_and_figures(tmp_path):
    answers = (wired("zmq+tcp"), 4.0, {"guarantees": PROMISED, "worker_answers": [60, 40]})
    plain = (runs.cell(ONE, "distributed-plain", "noop", 100), 1.0, {"guarantees": []})
    text = shown(cells_of(tmp_path, SERIAL, MEMORY, answers, plain))
    promises, _, figures = text.partition("the best over each transport")
    assert [line.split() for line in promises.splitlines() if "resent" in line or "no promise" in line] == [
        ["distributed-plain", "no", "promise"],
        ["memory", "answered,", "resent"],
        ["zmq+tcp", "answered,", "resent"],
    ]
    rows = [line.split() for line in figures.splitlines() if line.startswith(f"  {ONE}")]
    assert [" ".join(row) for row in rows] == [
        f"{ONE} noop, 100 tasks distributed[memory] 100 [100, 100] - 0.5 [0.5, 0.5] -",
        f"{ONE} noop, 100 tasks distributed[zmq+tcp] 25 [25, 25] 0.25 [0.25, 0.25] 0.125 [0.125, 0.125] 1.2 [1.2, 1.2]",
    ]
    assert shown([]) == ""
    assert shown(cells_of(tmp_path, SERIAL)) == ""
