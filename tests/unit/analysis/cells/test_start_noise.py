"""The noise of each kind of cell, as it was measured and at the machine's average pace."""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import replace

import pytest

from runoff.analysis.cells import start_noise
from runoff.analysis.cells.cell import speed_of
from runoff.analysis.measured_cells import MeasuredCells
from tests.helpers.exact_runs import cell, measured, run_of

LABELS = ("cpython-3.13", "pypy-3.11")


@pytest.fixture
def run(tmp_path):
    """Two interpreters' serial cells of two tasks: `python` follows the machine's pace, `native-gil` does not."""
    chance = random.Random(1)
    planned, records = [], []
    for at, (label, task) in enumerate((label, task) for label in LABELS for task in ("python", "native-gil")):
        of_it = cell(label, "serial", task)
        planned.append(of_it)
        for block, each in enumerate(measured(of_it, *[1.0] * 10)):
            slow = 1 + chance.random()
            time_ns = int(1e8 * (slow if task == "python" else chance.gauss(1, 0.02)))
            times = {"iterations_ns": [time_ns] * 7, "paces_ns": [int(1e6 * slow)] * 8}
            records.append({**each, **times, "block": block, "started_at": 4.0 * block + at})
    return run_of(tmp_path, planned, records)


def test_what_follows_the_pace_is_less_noisy_at_the_average(run):
    found = start_noise.by_kind(MeasuredCells.of(run).measured)
    python, native = found["serial", "python"], found["serial", "native-gil"]
    assert (python.cells, python.starts) == (2, 20)
    assert python.measured > 0.15
    assert python.even < 0.02
    assert native.measured == pytest.approx(0.02, rel=0.5)
    assert native.even == pytest.approx(native.measured, rel=0.3)


def test_cells_count_by_how_often_they_were_started(run):
    """Of one of the two cells only three starts are known."""
    some = tuple(each for each in run.records if each["interpreter"] == LABELS[0] or each["block"] < 3)
    cells = [each for each in MeasuredCells.of(replace(run, records=some)).measured if each.task == "python"]
    logs = [[math.log(speed_of(*start)) for start in each.warm] for each in cells]
    squares = sum(statistics.variance(each) * (len(each) - 1) for each in logs)
    assert start_noise.by_kind(cells)["serial", "python"].measured == pytest.approx(math.sqrt(squares / (9 + 2)))


@pytest.mark.parametrize(("starts", "counted"), [(1, (1, 10)), (2, (2, 12))])
def test_a_cell_that_was_started_once_shows_no_noise(run, starts, counted):
    some = tuple(each for each in run.records if each["interpreter"] == LABELS[0] or each["block"] < starts)
    found = start_noise.by_kind(MeasuredCells.of(replace(run, records=some)).measured)["serial", "python"]
    assert (found.cells, found.starts) == counted


def test_a_run_that_knows_nothing_of_the_pace_has_none(run):
    for each in run.records:
        each["paces_ns"] = None
    assert start_noise.by_kind(MeasuredCells.of(run).measured) == {}
