"""Change points of series that are level between them, and the spikes that are set aside before."""

from __future__ import annotations

import numpy
import pytest

from runoff.stats import change_points


def levels(*stretches, noise=0.001):
    """(count, level) after one another, with little noise."""
    chance = numpy.random.default_rng(1)
    return [level * (1 + noise * float(chance.standard_normal())) for count, level in stretches for _ in range(count)]


def test_a_series_ends_its_segments_where_its_level_changes():
    assert change_points.find(levels((30, 1.0))) == [30]
    assert change_points.find(levels((30, 1.2), (30, 1.0))) == [30, 60]
    assert change_points.find(levels((10, 1.2), (25, 1.0), (30, 1.1))) == [10, 35, 65]


def test_a_series_ends_a_segment_where_its_noise_changes():
    assert change_points.find([*levels((40, 1.0)), *levels((40, 1.0), noise=0.1)]) == [pytest.approx(40, abs=2), 80]


@pytest.mark.parametrize(("count", "found"), [(2, False), (3, True)])
def test_the_shortest_segment_has_three_times(count, found):
    assert (count in change_points.find(levels((count, 2.0), (60, 1.0)))) == found


def test_steps_below_what_the_clock_resolves_are_no_change():
    assert change_points.find([1.0] * 30 + [1.00001] * 30) == [60]
    assert change_points.find([1.0] * 30 + [1.01] * 30) == [30, 60]


@pytest.mark.parametrize(("count", "exact"), [(999, True), (1000, False)])
def test_a_series_of_a_thousand_times_changes_at_every_second_one_only(count, exact):
    ends = change_points.find(levels((501, 1.5), (count - 501, 1.0)))
    assert ends[-1] == count
    assert ends[0] == 501 if exact else ends[0] in (500, 502)


def kept(times):
    """Return the times that are no spikes."""
    return [times[at] for at in change_points.without_spikes(times)]


def test_a_time_far_above_its_neighbours_is_a_spike_and_one_below_is_none():
    times = [1000] * 60
    times[20], times[30], times[40] = 2000, 1015, 500
    assert kept(times) == [time for time in times if time != 2000]


def test_times_that_are_high_for_a_while_are_another_level_and_no_spikes():
    times = [1000] * 60 + [1500] * 60
    assert kept(times) == times


def test_in_noise_a_spike_stands_out_further():
    noisy = [int(1000 * level) for level in levels((120, 1.0), noise=0.05)]
    noisy[60] = 1120
    assert len(kept(noisy)) == 120
    noisy[60] = 1500
    assert len(kept(noisy)) == 119


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_short_warm_up_is_kept_but_a_spike_after_it_is_not(count):
    times = [3000] * count + [1000] * 60
    times[30] = 3000
    assert change_points.without_spikes(times) == [at for at in range(count + 60) if at != 30]
