"""The tables of transports: what each promises, and its figures."""

from __future__ import annotations

import io

from rich.console import Console

from runoff.report.output.tables import transport_tables
from tests.fakes.made_cells import ONE, PROMISED, cells_of, wired
from tests.helpers import runs

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
