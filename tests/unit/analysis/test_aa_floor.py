"""The A/A floor: which cells make a pair, and that the largest difference counts."""

from __future__ import annotations

import pytest

from runoff.analysis import aa_floor, cells
from runoff.stats import steady_state
from runoff.stats.steady_state import Steadiness
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


def test_a_floor_is_said_with_how_it_was_found():
    found = aa_floor.Floor(0.0123, 1, "measured twice in this run")
    assert found.in_words == (
        "A/A floor 1.2 %: the largest difference of the baseline from itself (measured twice in this run, 1 cell); "
        "nothing below it is claimed"
    )


def test_what_is_driven_or_done_elsewhere_or_not_steady_says_nothing_of_the_baseline(tmp_path):
    uneven = (1.0, 1.5, 1.0, 1.5)
    lent = cell(scenario="distributed", worker_interpreter="pypy-3.11")
    failed = cell(scenario="tornado")
    for planned in (cell(scenario="threads", rates=[300]), lent):
        assert floor(tmp_path, [(planned, uneven)]) is None
    records = measured(failed, *uneven, status="failed", reason="no")
    run = run_of(tmp_path, [failed], records)
    assert aa_floor.of(cells.gather(run), run.header) is None
    run = run_of(tmp_path, [cell()], measured(cell(), *uneven))
    (found,) = cells.gather(run)
    found.steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * 4
    assert aa_floor.of([found], run.header) is None
