"""Which cell is the best, and what a comparison of two says besides its ratio."""

from __future__ import annotations

import pytest

from runoff.analysis.cells import comparing
from runoff.analysis.cells.cell import Cell
from runoff.stats import steady_state
from runoff.stats.steady_state import Steadiness


def made(invocations):
    found = Cell("one", "thread-pool", "python", 10, {}, "ok")
    found.invocations = [{"batch": 10, "iterations_ns": [10**9] * 7, **each} for each in invocations]
    found.steadiness = [Steadiness(steady_state.SETTLED, 4) for _ in invocations]
    return found


def lasting(*seconds):
    return made([{"iterations_ns": [int(each * 1e9)] * 7} for each in seconds])


def costing(*walls_s):
    return made([{"wall_s": each} for each in walls_s])


def test_the_best_is_steady_and_started_more_than_once_before_it_is_fast():
    slow, once, quick = lasting(2.0, 2.0), lasting(0.1), lasting(1.0, 1.0)
    unsteady = lasting(0.5, 0.5)
    unsteady.steadiness = [Steadiness(steady_state.NO_STEADY_STATE, None)] * 2
    assert comparing.best_of([slow, once, unsteady, quick]) is quick
    assert comparing.best_of([once, unsteady]) is once
    assert comparing.best_of([unsteady]) is unsteady


def test_a_comparison_costs_what_one_more_invocation_of_both_does():
    one, other = costing(1.0, 3.0, 2.0), costing(5.0, 5.0)
    assert comparing.compare(one, other).cost_s == 7.0
    assert comparing.compare(one, costing(None, None)).cost_s is None
    assert comparing.compare(one, other).warming == (False, False)
    other.steadiness = [Steadiness(steady_state.STILL_WARMING, None)] * 2
    assert comparing.compare(one, other).warming == (False, True)
    assert comparing.compare(other, one).warming == (True, False)


@pytest.mark.parametrize(("header", "first"), [({"race": True}, 3), ({"race": False}, None), ({}, None)])
def test_only_a_race_looks_while_it_runs(header, first):
    assert comparing.first_look({"min_invocations": 3, **header}) == first
