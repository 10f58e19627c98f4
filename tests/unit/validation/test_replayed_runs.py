"""Whole runs replayed from the reference run's records: they keep to the budget, and find what was planted."""

from __future__ import annotations

import numpy
import pytest

from runoff.common.paths import RESULTS
from runoff.driver.racing import standings
from runoff.validation.replayed_runs import Outcome, Recording, Replay, counted, play
from runoff.validation.simulated_runs import Count


@pytest.fixture(scope="module")
def recording():
    (folder,) = RESULTS.glob("*/reference")
    return Recording.of(folder)


def test_a_recording_knows_what_its_run_cost_and_how_noisy_it_was(recording):
    assert 0 < recording.between_s < 0.2
    assert numpy.median([each for spreads in recording.spreads.values() for each in spreads]) < 0.2
    assert abs(recording.deviations.mean()) < 1e-9
    assert recording.deviations.std() == pytest.approx(1)


def test_a_replayed_run_finds_what_is_twice_as_fast_and_ends(recording):
    outcome = play(numpy.random.default_rng(1), recording, 2, 1.0)
    assert outcome.works >= 8
    assert outcome.found == outcome.works
    assert outcome.claimed == outcome.compared == outcome.works - 1, "the decision over all is in no row of the table"
    assert not outcome.false


def test_what_several_runs_said_is_added_up():
    runs = [Outcome(9, 8, 8, 7, 0), Outcome(9, 5, 8, 6, 2)]
    assert counted(runs) == (Count(13, 18), Count(13, 16), Count(1, 2))


@pytest.mark.slow
def test_a_replayed_run_of_equal_ones_spends_its_budget_unless_all_is_answered_before(recording):
    chance = numpy.random.default_rng(1)
    replay = Replay(recording, chance, ["one", "two"], 0.0)
    rows, cells = replay.run()
    assert {cell.interpreter for cell in cells.measured} == {"one", "two"}
    assert sum(row.state == standings.DECIDED for row in rows) <= 2, "of 9, each wrong in one of twenty runs"
    budget_s = cells.header["budget_s"]
    assert replay.now_s < budget_s + 5
    assert replay.now_s > budget_s or all(row.settled for row in rows)
