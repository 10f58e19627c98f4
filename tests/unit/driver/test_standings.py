"""Racing: which cells are still worth a start, and what is decided, on throughputs that the test gives."""

from __future__ import annotations

import numpy
import pytest

from runoff.driver import standings
from runoff.driver.plan import Cell
from runoff.driver.standings import Standings
from runoff.validation import played_runs

SERIAL, THREADS, POOL = (
    {label: Cell(label, scenario, "python", 8, ()) for label in ("a", "b", "c")}
    for scenario in ("serial", "threads", "process-pool")
)
LEAST, MOST = 3, 48


def raced(speeds, noise=0.02, seed=1, blocks=MOST, most=MOST, today=None):
    """Race cells of {cell: true speed}; return the standings, the values and the block it ended at."""
    chance = numpy.random.default_rng(seed)
    found = Standings(speeds, "a", LEAST, most, today)
    values = {cell: [] for cell in speeds}
    for block in range(blocks):
        still_open = found.open() if block else {cell.key for cell in speeds}
        if not still_open:
            return found, values, block
        for cell, speed in speeds.items():
            if cell.key in still_open:
                values[cell].append(float(speed * numpy.exp(noise * chance.standard_normal())))
            found.update(cell.key, values[cell], False, 0)
    return found, values, blocks


def test_a_clear_difference_ends_after_the_least_invocations():
    found, _, block = raced({SERIAL["a"]: 100, SERIAL["b"]: 500})
    assert block == LEAST
    (row,) = found.rows()
    assert (row.leader, row.state) == ("b serial", standings.DECIDED)


def test_a_hopeless_scenario_is_started_once_and_a_near_one_as_often_as_needed():
    _, values, _ = raced({SERIAL["a"]: 100, THREADS["a"]: 30, POOL["a"]: 95, SERIAL["b"]: 500})
    assert len(values[THREADS["a"]]) == 1
    assert len(values[POOL["a"]]) >= LEAST


@pytest.mark.parametrize("leads", ["a", "b"])
def test_what_a_person_has_today_is_started_until_it_is_told_apart_however_slow_it_is(leads):
    today = {"interpreter": "a", "scenario": "threads"}
    speeds = {SERIAL["a"]: 100, THREADS["a"]: 3, SERIAL["b"]: 500 if leads == "b" else 50}
    _, values, _ = raced(speeds, today=today)
    assert len(values[THREADS["a"]]) >= LEAST
    assert len(raced(speeds)[1][THREADS["a"]]) == 1


def test_equal_ones_are_tied_and_not_raced_for_ever():
    found, _, block = raced({SERIAL["a"]: 100, SERIAL["b"]: 100}, noise=0.01)
    assert found.rows()[0].state == standings.TIED
    assert block < MOST


def test_a_lead_that_noise_hides_stays_open():
    found, _, block = raced({SERIAL["a"]: 100, SERIAL["b"]: 104}, noise=0.3, blocks=10)
    assert block == 10
    assert found.open() == {SERIAL["a"].key, SERIAL["b"].key}


def test_a_bound_decides_where_it_is_enough_and_never_makes_a_cell_hopeless():
    found = Standings([SERIAL["a"], SERIAL["b"], THREADS["b"]], "a", LEAST, MOST)
    found.update(SERIAL["a"].key, [100, 101, 99], False, 0)
    found.update(SERIAL["b"].key, [300, 301, 299], True, 0)
    assert found.open() == set()
    found.update(THREADS["b"].key, [20], True, 0)
    assert THREADS["b"].key in found.open()


def test_the_looks_double_up_to_the_most():
    assert [standings.looks(3, most) for most in (3, 6, 12, 48)] == [1, 2, 3, 5]


@pytest.mark.parametrize("interpreters", [2, 5])
def test_equal_cells_are_called_different_in_at_most_one_race_of_twenty(interpreters):
    chance = numpy.random.default_rng(1)
    assert played_runs.decided(chance, interpreters, 0.0, 60, 60, 0.05).hits <= 6


def test_a_large_difference_among_many_is_mostly_found_in_a_budget_that_cannot_measure_all():
    assert played_runs.decided(numpy.random.default_rng(1), 10, 1.0, 53, 20, 0.03).hits >= 12
