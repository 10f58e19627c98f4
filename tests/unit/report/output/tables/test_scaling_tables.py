"""The tables of scaling: speed-up, the law, and what it says of larger machines."""

from __future__ import annotations

import io

import numpy
import pytest
from rich.console import Console

from runoff.analysis import scaling
from runoff.analysis.cells.cell import Cell
from runoff.report.output.tables import scaling_tables
from runoff.stats.intervals import Estimate
from tests.fakes.made_cells import by_law, of_speed


def shown(cells: list[Cell], cores: int, width: int = 200) -> str:
    stream = io.StringIO()
    for table in scaling_tables.tables(cells, cores):
        Console(file=stream, width=width).print(table)
    return stream.getvalue()


def law(one=100.0, contention=0.0, coherence=0.0, residual=0.0, points=6, draws=((100.0, 0.0, 0.0),) * 2):
    return scaling.Law(one, contention, coherence, residual, points, numpy.array(draws))


def test_speed_up_is_told_against_serial_and_against_one_worker_and_oversubscription_is_marked():
    cells = [
        of_speed("serial", 1.0),
        of_speed("thread-pool", 1.25, concurrency=1),
        of_speed("thread-pool", 0.625, concurrency=2),
        of_speed("thread-pool", 0.625, concurrency=4),
    ]
    rows = [line.split() for line in shown(cells, 2).splitlines() if "thread-pool" in line]
    assert [row[3] for row in rows] == ["1", "2", "4*"]
    assert [row[5] for row in rows] == ["0.8", "1.6", "1.6"]
    assert [row[-2] for row in rows] == ["100", "100", "100"]  # per cent of the cores there are
    assert "2 [1.9" in " ".join(rows[1])


def test_a_law_that_was_fitted_is_shown_with_what_is_extrapolated():
    cells = [of_speed("thread-pool", 10 / values[0], concurrency=size) for size, values in by_law(0.05, 0.001).items()]
    text = shown(cells, 16)
    assert "Universal Scalability Law" in text
    assert "EXTRAPOLATED" in text
    assert "32 (extr.)" in text
    assert "16 (extr.)" not in text


def test_nothing_is_shown_where_only_one_size_was_measured():
    assert shown([of_speed("serial", 1.0), of_speed("thread-pool", 1.0, concurrency=2)], 2) == ""


def laws_shown(monkeypatch, fitted, cores=4):
    """Return the lines of the tables of a law, for a pool of which two sizes were measured."""
    monkeypatch.setattr(scaling, "fit", lambda samples, cores: fitted)
    pool = [of_speed("thread-pool", 1.0, concurrency=size) for size in (2, 1)]
    return [line.split() for line in shown(pool, cores, 400).splitlines() if "thread-pool" in line]


def test_a_law_is_shown_in_figures(monkeypatch):
    found = laws_shown(monkeypatch, law(123.4, 0.04, 0.0096, 0.0123, 7))[2]
    assert found == ["python", "cpython-3.13", "thread-pool", "7", "123.4", "0.04", "0.0096", "10", "1.2", "%"]


@pytest.mark.parametrize(("coherence", "peak"), [(0.0, "none"), (1 / 10_241**2, "none"), (1 / 10_239**2, "10239")])
def test_a_peak_beyond_ten_times_the_largest_size_is_none(monkeypatch, coherence, peak):
    assert laws_shown(monkeypatch, law(coherence=coherence))[2][7] == peak


def test_the_capacity_at_each_size_has_its_interval(monkeypatch):
    draws = [(each, 0.0, 0.0) for each in (90.0, 110.0)]
    rows = laws_shown(monkeypatch, law(draws=draws))
    assert " ".join(rows[3]).startswith("python cpython-3.13 thread-pool 400 [362, 438] 800 [724, 876]")


def test_scaling_is_told_of_what_was_measured_at_one_and_at_more(monkeypatch):
    monkeypatch.setattr(scaling, "fit", lambda samples, cores: None)
    cells = [
        of_speed("thread-pool", 1.0, concurrency=4),
        of_speed("thread-pool", 1.0, concurrency=1),
        of_speed("process-pool", 1.0, concurrency=2),
        of_speed("process-pool", 1.0, concurrency=4),
        of_speed("distributed", 1.0, concurrency=1, transport="zmq+tcp"),
        of_speed("distributed", 1.0, concurrency=2, transport="amqp"),
        of_speed("threads", 1.0),
    ]
    rows = [line.split() for line in shown(cells, 2).splitlines() if "cpython" in line]
    assert [(row[2], row[3]) for row in rows] == [("thread-pool", "1"), ("thread-pool", "4*")]
    assert [row[5] for row in rows] == ["-", "-"], "there is no serial cell"
    assert rows[0][4:] == ["10", "-", "1", "100", "%"]
    assert rows[1][-2:] == ["50", "%"]


def test_an_interval_is_shown_where_there_is_one():
    assert scaling_tables._with_interval(Estimate(12.345, None, None)) == "12.3"
    assert scaling_tables._with_interval(Estimate(12.345, 11.02, 13.456)) == "12.3 [11, 13.5]"
