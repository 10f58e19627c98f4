"""What came of killing workers, over all invocations of a cell."""

from __future__ import annotations

import pytest

from runoff.analysis import recovery
from runoff.analysis.cells.cell import Cell
from tests.helpers import runs


def cell(*kills, status="ok"):
    found = Cell("python", "distributed", "sleep", 20, {"transport": "amqp"}, status)
    found.invocations = [{"kills": each} for each in kills]
    return found


def test_kills_are_summed_and_gaps_and_time_lines_put_together():
    one, other = runs.kills(30, 50, lost=2, twice=1), {**runs.kills(10), "rate": 350.0}
    found = recovery.of_cells([cell(one), cell(None, other)])
    assert (found.killed, found.tasks, found.lost, found.twice, found.resent) == (3, 900, 2, 1, 3)
    assert (found.rate, found.gaps_ms, found.median_ms.value) == (300.0, [30.0, 50.0, 10.0], 30.0)
    assert (found.bin_ms, found.killed_bin, len(found.timeline)) == (10.0, 20, 3)


def test_times_are_told_with_fractions_of_a_millisecond():
    found = recovery.of_cells([cell({**runs.kills(30.5), "bin_ns": 2_500_000})])
    assert (found.gaps_ms, found.bin_ms) == ([30.5], 2.5)


@pytest.mark.parametrize("change", [{"bin_ns": 20_000_000}, {"killed_bin": 10}])
def test_time_lines_of_other_bins_are_left_out_but_their_gaps_are_not(change):
    found = recovery.of_cells([cell(runs.kills(30), {**runs.kills(50, 60), **change})])
    assert len(found.timeline) == 1
    assert found.gaps_ms == [30.0, 50.0, 60.0]


def test_without_kills_or_gaps_there_is_nothing():
    assert recovery.of_cells([]) is None
    assert recovery.of_cells([cell(None)]) is None
    assert recovery.of_cells([cell(runs.kills())]) is None
    assert recovery.of_cells([cell(runs.kills(), runs.kills(30))]).killed == 1
