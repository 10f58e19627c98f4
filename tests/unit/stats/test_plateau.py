"""Where the last plateau of a series begins, on series without noise, whose every edge is known."""

from __future__ import annotations

import numpy
import pytest

from runoff.stats import plateau

COLD = 90


def series(*stretches):
    """The cold iteration, and then (count, nanoseconds) after one another."""
    return [COLD, *(level for count, level in stretches for _ in range(count))]


def test_a_plateau_is_told_by_its_first_iteration_its_level_and_what_was_gained():
    assert plateau.last(series((20, 3000), (80, 1000))) == plateau.Plateau(21, 1000.0, 3.0)


def test_a_plateau_that_begins_within_a_stretch_begins_at_its_own_first_iteration():
    assert plateau.last(series((22, 3000), (78, 1000))).start == 23


def test_what_was_gained_on_a_plateau_from_the_start_on_is_what_its_first_stretch_took_more():
    assert plateau.last(series((5, 1030), (95, 1000))) == plateau.Plateau(1, 1000.0, 1.03)


def test_a_series_that_never_changes_is_one_plateau_from_its_first_warm_iteration():
    assert plateau.last(series((60, 1000))) == plateau.Plateau(1, 1000.0, 1.0)


@pytest.mark.parametrize(("count", "told"), [(19, False), (20, True)])
def test_fewer_than_twenty_warm_iterations_tell_no_plateau(count, told):
    assert (plateau.last(series((count, 1000))) is not None) == told


@pytest.mark.parametrize(("last", "still_falling"), [(950, False), (940, True)])
@pytest.mark.parametrize(("before", "quarter"), [(150, 50), (30, 5)])
def test_a_series_whose_last_quarter_is_over_five_per_cent_faster_has_no_plateau_yet(
    before, quarter, last, still_falling
):
    """Of seven stretches the last quarter is one."""
    assert (plateau.last(series((before, 1000), (quarter, last))) is None) == still_falling


@pytest.mark.parametrize("noise", [0.001, 0.2])
def test_a_fall_that_noise_may_have_made_is_no_trend(noise):
    chance = numpy.random.default_rng(1)
    times = [int(level * numpy.exp(noise * chance.standard_normal())) for level in series((75, 100_000), (25, 90_000))]
    assert (plateau.last(times) is None) == (noise < 0.01)


@pytest.mark.parametrize(("level", "start"), [(800, 71), (920, 1)])
def test_a_faster_state_that_ended_is_not_the_plateau_and_a_little_faster_is_no_other_state(level, start):
    assert plateau.last(series((50, 1000), (20, level), (130, 1000))).start == start


def test_a_plateau_begins_after_the_slow_stretches_that_follow_a_faster_state():
    assert plateau.last(series((20, 800), (10, 1500), (70, 1000))).start == 31


def test_slow_iterations_in_every_stretch_are_not_its_level():
    """Of five the second fastest is the lower quartile."""
    assert plateau.last([COLD, *[1000, 1000, 1000, 1000, 5000] * 40]) == plateau.Plateau(1, 1000.0, 1.0)
    assert plateau.last([COLD, *[950, 1000, 5000, 5000, 5000] * 40]) == plateau.Plateau(1, 1000.0, 1.0)


def test_one_slow_stretch_at_the_beginning_is_what_was_gained():
    assert plateau.last(series((5, 3000), (95, 1000))) == plateau.Plateau(6, 1000.0, 3.0)


@pytest.mark.parametrize("before", [3000, 3021, 3036])
def test_a_start_in_a_long_series_is_found_as_well(before):
    """Its stretches are of 50 iterations; one is on the plateau as soon as over a quarter of it is."""
    assert plateau.last(series((before, 3000), (10_000 - before, 1000))).start == before + 1


def test_a_step_upward_moves_the_plateau_behind_it():
    found = plateau.last(series((40, 1000), (100, 2000)))
    assert (found.start, found.level_ns, found.gain) == (41, 2000.0, 0.5)


@pytest.mark.parametrize(("fall", "told"), [(100, True), (125, False)])
def test_a_fall_of_the_last_quarter_is_a_trend_beyond_three_standard_errors(fall, told):
    """Stretches of five are 40 above and below 1000 by turns: their standard error is 37.5, three of them 112.5."""
    levels = [1000 + 40 * (-1) ** at - (fall if at >= 30 else 0) for at in range(40)]
    assert (plateau.last(series(*[(5, level) for level in levels])) is not None) == told


@pytest.mark.parametrize(("level", "start"), [(21, 1), (22, 1), (23, 2)])
def test_a_plateau_begins_with_an_iteration_within_a_tenth_of_its_level(level, start):
    assert plateau.last(series((1, level), (59, 20))).start == start


@pytest.mark.parametrize(("level", "start"), [(1040, 1), (1050, 1), (1060, 11)])
def test_stretches_within_five_per_cent_of_the_level_are_on_the_plateau(level, start):
    """Within ten are the iterations of the first stretch on it, but not those of the stretches before."""
    assert plateau.last(series((10, level), (90, 1000))).start == start


@pytest.mark.parametrize(("level", "start"), [(900, 1), (890, 36)])
def test_a_stretch_over_a_tenth_faster_is_another_state_that_ended(level, start):
    assert plateau.last(series((30, 1000), (5, level), (65, 1000))).start == start


def test_a_faster_stretch_in_the_second_half_moves_no_start():
    assert plateau.last(series((70, 1000), (5, 500), (65, 1000))).start == 1


def test_what_was_gained_is_the_first_stretch_or_what_came_before_the_plateau_but_no_cold_iteration_alone():
    assert plateau.last([9000, *[1200] * 10, *[1000] * 90]).gain == pytest.approx(1.2)
    assert plateau.last([9000, 5000, *[1000] * 99]).gain == pytest.approx(5.0), (
        "the one before, which took long as well"
    )
    assert plateau.last([1100, 5000, *[1000] * 99]).gain == pytest.approx(1.1), "one later by chance"
    assert plateau.last([9000, *[1000] * 100]).gain == pytest.approx(1.0)
    assert plateau.last(series((50, 1040), (50, 1000))).gain == pytest.approx(1.04), "all of it is on the plateau"


@pytest.mark.parametrize(("count", "start"), [(1000, 501), (1001, 501), (1200, 501)])
def test_a_long_series_has_two_hundred_stretches_at_most(count, start):
    """Of 1001 iterations a stretch has six, of which the last, that is not full, says nothing."""
    found = plateau.last([COLD, *[3000] * 500, *[1000] * (count - 500)])
    assert (found.start, found.level_ns, found.gain) == (start, 1000.0, 3.0)
