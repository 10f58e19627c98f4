"""The A/A floor: which cells make a pair, and that the largest difference counts."""

from __future__ import annotations

import pytest

from runoff.analysis import aa_floor, cells
from tests.helpers.exact_runs import cell, measured, run_of

AGAIN = "cpython-3.13-again"


def floor(folder, rows, **changes):
    """Return the floor of a run; ``rows``: (cell, its invocations' seconds)."""
    records = [each for planned, seconds in rows for each in measured(planned, *seconds)]
    run = run_of(folder, [planned for planned, _ in rows], records, **changes)
    return aa_floor.of(cells.gather(run), run.header)


def test_only_cells_that_were_measured_on_both_sides_are_pairs(tmp_path):
    rows = [
        (cell(), (1.0, 1.0)),
        (cell(AGAIN), (1.1, 1.1)),
        (cell(scenario="threads"), (1.0, 1.0)),  # the baseline alone
        (cell(AGAIN, scenario="tornado"), (5.0, 5.0)),  # the repeat alone
        (cell(scenario="thread-pool", concurrency=2), (1.0, 1.0)),
        (cell(AGAIN, scenario="thread-pool", concurrency=4), (3.0, 3.0)),  # another size is another cell
    ]
    found = floor(tmp_path, rows, baseline_repeat=AGAIN)
    assert found.cells == 1
    assert found.share == pytest.approx(0.1, abs=1e-6)


def test_a_side_of_one_invocation_makes_no_pair(tmp_path):
    rows = [(cell(), (1.0, 1.0)), (cell(AGAIN), (1.1,))]
    assert floor(tmp_path, rows, baseline_repeat=AGAIN) is None


@pytest.mark.parametrize(("seconds", "share"), [((1.0, 1.2, 1.0), None), ((1.0, 1.2, 1.0, 1.2), 0.2)])
def test_odd_against_even_needs_two_of_each(tmp_path, seconds, share):
    found = floor(tmp_path, [(cell(), seconds)])
    assert (found and found.share) == (share and pytest.approx(share, abs=1e-6))


def test_the_largest_difference_counts_and_only_the_baseline_makes_it(tmp_path):
    rows = [
        (cell(), (1.0, 1.02, 1.0, 1.02)),
        (cell(scenario="threads"), (1.3, 1.0, 1.3, 1.0)),
        (cell("pypy-3.11"), (1.0, 9.0, 1.0, 9.0)),
    ]
    found = floor(tmp_path, rows)
    assert found.cells == 2
    assert found.share == pytest.approx(0.3, abs=1e-6)
