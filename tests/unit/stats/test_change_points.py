"""Change points of series that are level between them, and the spikes that are set aside before."""

from __future__ import annotations

import math

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
    times[20], times[30], times[40] = 2000, 1020, 500
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


def around(spike, *others):
    """Return a series with ``spike`` in its middle, and 50 others around it: (count, time) of them, the rest 1000."""
    spread = [time for count, time in others for _ in range(count)]
    fifty = sorted([*spread, *[1000] * (50 - len(spread))])
    return [1000] * 26 + fifty[::2] + [spike] + fifty[1::2] + [1000] * 26


def is_spike(times):
    return len(times) // 2 not in change_points.without_spikes(times)


@pytest.mark.parametrize(("spike", "told"), [(1430, False), (1450, True)])
def test_a_spike_stands_above_the_middle_by_over_twice_and_a_fifth_the_spread(spike, told):
    """Of fifty times a third is 900 and a third 1100: 1000 + 2.2 x 200 is usual."""
    assert is_spike(around(spike, (17, 900), (17, 1100))) == told


@pytest.mark.parametrize(
    ("others", "told"),
    [([(5, 500)], True), ([(6, 500)], False), ([(6, 1400)], True), ([(7, 1400)], False)],
    ids=["a tenth lower", "more", "15 per cent higher, with the spike", "more"],
)
def test_a_tenth_of_the_times_may_be_lower_and_15_per_cent_higher_than_what_is_usual(others, told):
    assert is_spike(around(1500, *others)) == told


@pytest.mark.parametrize(("count", "told"), [(24, True), (25, False)])
def test_the_middle_is_that_of_the_fifty_times_around_a_spike_and_its_own(count, told):
    """The spread is 300. Where the middle is 1000, 1660 is usual; where it is 1300, 1960."""
    assert is_spike(around(1800, (count, 1300))) == told


def test_the_running_sums_of_a_long_quiet_series_lose_no_digits():
    chance = numpy.random.default_rng(1)
    values = 1 + 2 * change_points.RESOLVED * chance.standard_normal(5000)
    cost = change_points._MeanAndVariance().fit(values)
    for begin, end in ((0, 5000), (1000, 1010), (4990, 5000)):
        expected = (end - begin) * math.log(numpy.var(values[begin:end]))
        assert cost.error(begin, end) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("logarithms", "ends"), [(14.9, [60]), (15.1, [30, 60])])
def test_a_change_point_must_save_fifteen_times_the_logarithm_of_the_count(logarithms, ends):
    """Barrett et al. 2017. Two levels ``step`` apart cost n log(1 + (step / 2 / spread)²) more as one than as two."""
    spread = 0.01
    step = 2 * spread * math.sqrt(math.expm1(logarithms * math.log(60) / 60))
    noise = [spread, -spread] * 15
    assert change_points.find([1 + each for each in noise] + [1 + step + each for each in noise]) == ends
