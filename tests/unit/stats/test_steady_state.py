"""Classes of invocations and cells, on series whose truth is known."""

from __future__ import annotations

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runoff.stats import change_points, steady_state
from runoff.stats.steady_state import Steadiness, classify, of_cell
from runoff.validation import simulated_runs

SECOND = 10**9


def noisy(*stretches: tuple[int, float], seed: int = 1, noise: float = 0.01) -> list[int]:
    """The cold iteration, and then (count, milliseconds) after one another with 1 % noise."""
    chance = numpy.random.default_rng(seed)
    warm = numpy.concatenate([level * (1 + noise * chance.standard_normal(count)) for count, level in stretches])
    return [SECOND, *(int(value * 1e6) for value in warm)]


@pytest.mark.parametrize(
    ("stretches", "kind", "start"),
    [
        ([(60, 50)], steady_state.FLAT, 1),
        ([(10, 90), (50, 50)], steady_state.WARM_UP, 11),
        ([(20, 90), (20, 70), (60, 50)], steady_state.WARM_UP, 41),
        ([(20, 50), (60, 55)], steady_state.SLOW_DOWN, 21),
        ([(20, 90), (10, 40), (60, 50)], steady_state.SLOW_DOWN, 31),
        ([(55, 50), (5, 90)], steady_state.STILL_CHANGING, None),
        ([(30, 50), (30, 20)], steady_state.STILL_CHANGING, None),  # the last 30 last 0.6 s: less than a second
        ([(10, 50), (10, 50.5), (40, 50)], steady_state.FLAT, 1),  # within 2 %: the same
    ],
)
def test_an_invocation_is_classified_by_its_stretches(stretches, kind, start):
    assert classify(noisy(*stretches)) == Steadiness(kind, start)


def test_a_slow_drift_is_still_changing_though_it_has_no_change_point():
    drift = [SECOND, *(90_000_000 - 400_000 * at for at in range(20))]
    assert classify(drift).kind == steady_state.STILL_CHANGING


def test_still_changing_with_no_more_time_to_be_had_is_no_steady_state():
    assert classify(noisy((55, 50), (5, 90)), capped=True).kind == steady_state.NO_STEADY_STATE


@pytest.mark.parametrize(
    ("count", "each_s", "forbidden"), [(10, 0.1, False), (11, 0.1, True), (5, 0.3, False), (5, 0.31, True)]
)
def test_twice_as_long_is_forbidden_beyond_the_most_iterations_or_the_longest_time(count, each_s, forbidden):
    assert steady_state.capped([int(each_s * 1e9)] * count, most=20, longest_s=3.0) == forbidden


def test_a_spike_is_not_a_change_of_level():
    times = noisy((60, 50))
    times[30] *= 3
    times[45] *= 2
    assert classify(times).kind == steady_state.FLAT


def test_short_runs_are_settled_or_still_changing():
    assert classify([900, 100, 101, 100, 101, 100, 101]) == Steadiness(steady_state.SETTLED, 4)
    assert classify([900, 130, 130, 130, 100, 100, 100]).kind == steady_state.STILL_CHANGING
    assert classify([900]) == Steadiness(steady_state.SETTLED, 0)


def test_the_summary_is_of_the_steady_iterations_and_never_of_the_cold_one():
    times = [9000, 300, 300, 300, 100, 100, 100]
    assert steady_state.summary_ns(times, Steadiness(steady_state.WARM_UP, 4)) == 100
    assert steady_state.summary_ns(times, Steadiness(steady_state.STILL_CHANGING, None)) == 100
    assert steady_state.summary_ns([9000], classify([9000])) == 9000


def test_a_spike_stays_in_the_summary():
    times = noisy((60, 50), noise=0.0)
    times[30] *= 7
    assert steady_state.summary_ns(times, classify(times)) == pytest.approx(50e6 * 66 / 60)


@pytest.mark.parametrize(
    ("kinds", "kind"),
    [
        ([steady_state.FLAT] * 15, steady_state.FLAT),
        ([steady_state.FLAT] * 14 + [steady_state.WARM_UP], steady_state.FLAT),  # one of fifteen is below a tenth
        ([steady_state.FLAT] * 8 + [steady_state.WARM_UP] * 7, steady_state.INCONSISTENT),
        ([steady_state.FLAT] * 13 + [steady_state.NO_STEADY_STATE] * 2, steady_state.NO_STEADY_STATE),
        ([steady_state.SETTLED] * 3 + [steady_state.STILL_CHANGING] * 2, steady_state.SETTLED),
        ([steady_state.SETTLED] * 2 + [steady_state.STILL_CHANGING] * 3, steady_state.STILL_CHANGING),
        ([steady_state.SETTLED] * 3 + [steady_state.WARM_UP] * 2, steady_state.WARM_UP),
    ],
)
def test_a_cell_is_classified_by_its_invocations(kinds, kind):
    assert of_cell(kinds) == kind


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(1, 10**10), min_size=1, max_size=80), st.sampled_from([2, 4, 1024]))
def test_any_times_have_a_class_that_does_not_depend_on_the_unit(times, factor):
    found = classify(times, tail_s=0.0)
    assert found.start is None or 0 <= found.start < len(times)
    assert steady_state.summary_ns(times, found) > 0
    assert classify([time_ns * factor for time_ns in times], tail_s=0.0) == found


@settings(deadline=None, max_examples=25)
@given(st.integers(3, 40), st.floats(1.2, 3.0), st.integers(0, 10**6))
def test_planted_warm_ups_are_found_where_they_end(planted, factor, seed):
    times = noisy((planted, 50 * factor), (60, 50), seed=seed)
    found = classify(times)
    assert found.kind == steady_state.WARM_UP
    assert planted <= found.start - 1 <= planted + change_points.SMALLEST_SEGMENT


def test_the_instrument_keeps_its_promises_on_a_few_seeded_trials():
    chance = numpy.random.default_rng(3)
    for planted in (1, 2, 5, 20):
        assert simulated_runs.warm_ups_found(chance, planted, 40).hits >= 38
    assert simulated_runs.flat_misread(chance, 60).hits <= 7
    assert simulated_runs.flat_misread(chance, 60, spikes=0.0).hits <= 2
    assert simulated_runs.flat_misread_without_filter(chance, 60).hits >= 30  # why there is a filter


@pytest.mark.parametrize(("count", "kind"), [(19, steady_state.SETTLED), (20, steady_state.FLAT)])
def test_twenty_iterations_after_the_cold_one_are_enough_for_a_class(count, kind):
    assert classify(noisy((count, 100))).kind == kind


@pytest.mark.parametrize(("before", "tail", "start"), [(10, 10, 11), (11, 9, None)])
def test_a_steady_tail_has_ten_iterations(before, tail, start):
    assert classify(noisy((before, 200), (tail, 150))).start == start


@pytest.mark.parametrize(("before", "tail", "start"), [(60, 20, 61), (61, 19, None)])
def test_a_steady_tail_is_a_quarter_of_the_run(before, tail, start):
    assert classify(noisy((before, 200), (tail, 150))).start == start


@pytest.mark.parametrize(("tail_s", "kind"), [(1.9, steady_state.FLAT), (2.1, steady_state.STILL_CHANGING)])
def test_a_steady_tail_lasts_as_long_as_is_asked(tail_s, kind):
    assert classify(noisy((40, 50)), tail_s=tail_s).kind == kind


def test_a_steady_tail_of_exactly_as_long_is_long_enough():
    assert classify([SECOND, *[50_000_000] * 40], tail_s=2.0).kind == steady_state.FLAT


@pytest.mark.parametrize(("before", "changing"), [(103, False), (97, False), (104, True), (96, True)])
def test_times_that_moved_by_over_three_per_cent_had_not_settled(before, changing):
    """A quarter is held against the half after it; what was before them does not count."""
    assert steady_state.still_changing([500, 500, *[before] * 2, *[100] * 4]) == changing


def test_fewer_than_four_times_tell_no_change():
    assert not steady_state.still_changing([500, 300, 100])
    assert steady_state.still_changing([500, 300, 100, 100])
    assert not steady_state.still_changing([])


def test_what_became_slower_after_it_became_faster_is_a_slow_down_though_its_end_beats_its_start():
    found = classify(noisy((20, 90), (20, 50), (60, 70)))
    assert found == Steadiness(steady_state.SLOW_DOWN, 41)


def test_of_an_odd_number_of_times_the_middle_one_is_of_no_half():
    """Of five the last two are held against the third, of nine the last four against the two before them."""
    assert steady_state.still_changing([900, 900, 106, 100, 104]), "106 and 102"
    assert not steady_state.still_changing([900, 900, 104, 100, 104]), "104 and 102"
    assert steady_state.still_changing([100, 100, 100, 100, 110, 100, 100, 100, 100]), "105 and 100"
    assert not steady_state.still_changing([900, 900, 900, 110, 90, 100, 100, 100, 100]), "100 and 100"


def test_a_stretch_of_a_run_that_became_twice_as_fast_is_held_against_its_own_end():
    """Two per cent of the last one's 50 ms: the run's usual 100 ms do not matter."""
    assert classify(noisy((60, 100), (20, 51.5), (30, 50), noise=0.0005)) == Steadiness(steady_state.WARM_UP, 81)


def test_the_iterations_that_count_are_those_from_the_start_of_the_steady_state():
    times = [9, 1, 2, 3, 4, 5]
    assert steady_state.counting(times, Steadiness(steady_state.WARM_UP, 3)) == [3, 4, 5]
    assert steady_state.counting(times, Steadiness(steady_state.STILL_CHANGING, None)) == [3, 4, 5]
    assert steady_state.counting([9], Steadiness(steady_state.SETTLED, 0)) == [9]
    assert steady_state.counting([9], Steadiness(steady_state.STILL_WARMING, None)) == [9]


@pytest.mark.parametrize("kind", [steady_state.NO_STEADY_STATE, steady_state.STILL_WARMING])
@pytest.mark.parametrize(("count", "told"), [(1, False), (2, True)])
def test_more_than_a_tenth_of_the_invocations_make_a_cell_unsteady_or_warming(kind, count, told):
    assert (of_cell([steady_state.FLAT] * (10 - count) + [kind] * count) == kind) == told


def test_a_cell_without_invocations_is_settled():
    assert of_cell([]) == steady_state.SETTLED


def test_a_quarter_before_the_last_half_is_what_times_are_held_against_and_nothing_before_it():
    assert not steady_state.still_changing([500, 100, 100, 100])
    assert steady_state.still_changing([100, 500, 100, 100])
    assert not steady_state.still_changing([500, 500, 500, 100, 100, 100, 100, 100, 100])


@pytest.mark.parametrize(("level", "start"), [(50.9, 1), (51.2, 21), (49.1, 1), (48.8, 21)])
def test_a_stretch_within_two_per_cent_of_the_last_one_is_its_own(level, start):
    assert classify(noisy((20, level), (60, 50), noise=0.0005)).start == start
    assert classify(noisy((20, 90), (20, 70), (20, level), (60, 50), noise=0.0005)).start == 40 + start


@pytest.mark.parametrize(("level", "first"), [(1.035, 0), (1.045, 30)])
def test_a_stretch_within_two_standard_errors_of_a_noisy_last_one_is_its_own(level, first):
    """The last thirty are a tenth above and below 1 by turns: their mean has a standard error of 1.86 %."""
    times = [int(level * 1e8)] * 30 + [90_000_000, 110_000_000] * 15
    assert steady_state._tail(times)[0] == first


def test_a_run_that_was_faster_than_its_end_by_over_two_per_cent_slowed_down():
    assert classify(noisy((20, 90), (20, 48.8), (60, 50), noise=0.0005)).kind == steady_state.SLOW_DOWN
    assert classify(noisy((20, 90), (20, 70), (60, 50), noise=0.0005)).kind == steady_state.WARM_UP


def test_a_run_that_was_as_fast_before_as_at_its_end_warmed_up_in_between():
    assert classify(noisy((20, 49.5), (60, 100), (40, 50), noise=0.0005)).kind == steady_state.WARM_UP


def test_three_equal_times_at_the_end_of_a_noisy_run_are_no_other_level():
    times = noisy((60, 50))
    assert classify([*times[:-3], *[51_250_000] * 3]).kind == steady_state.FLAT


def test_more_than_half_of_the_invocations_that_still_change_make_a_cell_that_does():
    assert of_cell([steady_state.STILL_CHANGING] * 2 + [steady_state.SETTLED] * 2) == steady_state.SETTLED


@pytest.mark.parametrize(("count", "kind"), [(1, steady_state.FLAT), (2, steady_state.INCONSISTENT)])
def test_a_tenth_of_another_class_makes_no_cell_inconsistent_and_more_does(count, kind):
    assert of_cell([steady_state.SLOW_DOWN] * count + [steady_state.FLAT] * (10 - count)) == kind


def test_while_the_compiler_is_busy_nothing_is_steady():
    times = noisy((60, 50))
    calm, busy = [0] * 61, [1_500_000] * 61
    assert classify(times, compiling_ns=calm).kind == steady_state.FLAT
    assert classify(times, compiling_ns=busy).kind == steady_state.STILL_CHANGING
    assert classify(times, compiling_ns=busy, capped=True).kind == steady_state.STILL_WARMING
    assert classify(times, compiling_ns=[40_000_000, *calm[1:]]).kind == steady_state.FLAT, "the cold one stands apart"


def test_the_compiler_is_busy_above_one_per_cent_and_nowhere_where_the_interpreter_tells_nothing():
    assert steady_state.busy([100, 100, 100], [0, 3, 5], 1) == 0.04
    assert steady_state.busy([100, 100], None, 0) == 0
    assert classify(noisy((60, 50), noise=0.0), compiling_ns=[500_000] * 61).kind == steady_state.FLAT
    assert steady_state.calm_from([100] * 8, [1] * 8) == 0
    assert steady_state.calm_from([100] * 8, [2] * 8) == 8
    assert steady_state.calm_from([100] * 8, [2, *[0] * 7]) == 1


def test_of_a_cells_invocations_the_warmest_count():
    short = ("a", Steadiness(steady_state.STILL_WARMING, None))
    long = ("b", Steadiness(steady_state.STILL_WARMING, 9))
    warm = ("c", Steadiness(steady_state.WARM_UP, 4))
    assert steady_state.warmest([short, long, warm]) == [warm]
    flat = ("d", Steadiness(steady_state.FLAT, 1))
    assert steady_state.warmest([short, long, flat, warm]) == [flat, warm]
    assert steady_state.warmest([short, warm, long, long]) == [warm, long, long], "most are still warming up"
    assert steady_state.warmest([short, long]) == [long]
    changing = ("e", Steadiness(steady_state.STILL_CHANGING, None))
    assert steady_state.warmest([short, changing]) == [changing]
    assert steady_state.warmest([short]) == [short]
    assert steady_state.warmest([]) == []
