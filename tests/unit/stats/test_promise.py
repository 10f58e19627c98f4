"""What a cell without a number may reach, by what other interpreters' cells did."""

from __future__ import annotations

import pytest

from runoff.stats import promise
from runoff.stats.promise import Measured
from runoff.stats.significance import HOPELESS


def known(*rows):
    return promise.promises(Measured(*row) for row in rows)


def test_the_largest_share_of_an_interpreters_best_counts_work_by_work():
    found = known(
        ("one", "python", "pool", 100.0),
        ("one", "python", "threads", 25.0),
        ("one", "io", "threads on io", 400.0),
        ("two", "python", "pool", 10.0),
        ("two", "python", "threads", 5.0),
    )
    assert found == pytest.approx({"pool": 1.0, "threads": 0.5, "threads on io": 1.0})


def test_an_interpreter_with_few_cells_does_not_tell_what_its_best_would_be():
    both = ("one", "python", "pool", 100.0), ("one", "python", "threads", 25.0), ("one", "python", "serial", 50.0)
    assert known(*both, ("two", "python", "threads", 20.0))["threads"] == 0.25
    assert known(*both, ("two", "python", "threads", 20.0), ("two", "python", "serial", 10.0))["threads"] == 1.0


def test_a_cell_may_reach_what_it_does_elsewhere_beside_the_same_one_and_some_more():
    found = known(("one", "python", "pool", 100.0), ("one", "python", "threads", 25.0))
    assert promise.may_reach(found, "pool", "threads", 20.0) == pytest.approx(HOPELESS * 80.0)
    assert promise.may_reach(found, "threads", "pool", 80.0) == pytest.approx(HOPELESS * 20.0)
    assert promise.may_reach(found, "tried nowhere", "pool", 80.0) == pytest.approx(HOPELESS * 80.0)
