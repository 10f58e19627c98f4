"""What a cell without a number may reach, by what other interpreters' cells did."""

from __future__ import annotations

import pytest

from runoff.stats import promise
from runoff.stats.promise import CellSpeed
from runoff.stats.significance import HOPELESS


def known(*rows):
    return promise.promises(CellSpeed(*row) for row in rows)


def test_the_least_and_the_largest_share_of_an_interpreters_best_counts_work_by_work():
    found = known(
        ("one", "python", "pool", 100.0),
        ("one", "python", "threads", 25.0),
        ("one", "io", "threads on io", 400.0),
        ("two", "python", "pool", 10.0),
        ("two", "python", "threads", 5.0),
    )
    assert found == {"pool": (1.0, 1.0), "threads": (0.25, 0.5), "threads on io": (1.0, 1.0)}


def test_an_interpreter_with_few_cells_does_not_tell_what_its_best_would_be():
    both = ("one", "python", "pool", 100.0), ("one", "python", "threads", 25.0), ("one", "python", "serial", 50.0)
    assert known(*both, ("two", "python", "threads", 20.0))["threads"].most == 0.25
    assert known(*both, ("two", "python", "threads", 20.0), ("two", "python", "serial", 10.0))["threads"].most == 1.0


def test_half_of_the_cells_do_not_tell_the_best_either():
    both = ("one", "python", "pool", 100.0), ("one", "python", "threads", 25.0)
    assert known(*both, ("two", "python", "threads", 20.0))["threads"] == (0.25, 0.25)


def test_a_cell_may_reach_what_it_does_elsewhere_beside_the_same_one_and_some_more():
    found = known(("one", "python", "pool", 100.0), ("one", "python", "threads", 25.0))
    assert promise.may_reach(found, "pool", "threads", 20.0) == pytest.approx(HOPELESS * 80.0)
    assert promise.may_reach(found, "threads", "pool", 80.0) == pytest.approx(HOPELESS * 20.0)
    assert promise.may_reach(found, "tried nowhere", "pool", 80.0) == pytest.approx(HOPELESS * 80.0)
    assert promise.may_reach(found, "pool", "tried nowhere", 80.0) == pytest.approx(HOPELESS * 80.0)


def test_a_cell_that_is_best_under_one_interpreter_may_be_poor_under_another():
    """Threads in C are the best without a GIL; with one a pool may be twice as fast as they are."""
    free = ("3.13t", "c", "threads", 100.0), ("3.13t", "c", "pool", 95.0)
    found = known(*free, ("3.13", "c", "threads", 50.0), ("3.13", "c", "pool", 100.0))
    assert promise.may_reach(found, "pool", "threads", 60.0) == pytest.approx(HOPELESS * 120.0)


def test_a_speed_is_no_whole_number_and_may_be_below_one_per_second():
    found = known(("one", "slow", "pool", 0.5), ("one", "slow", "threads", 0.15))
    assert found["pool"] == (1.0, 1.0)
    assert found["threads"] == pytest.approx((0.3, 0.3))
    assert promise.may_reach(found, "pool", "threads", 0.06) == pytest.approx(HOPELESS * 0.2)
