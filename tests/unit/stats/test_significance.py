"""Ratios and verdicts: against scipy, against truth that was planted, and properties that always hold."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runoff.common import wording
from runoff.stats import intervals, moderated, significance
from runoff.validation import simulated_runs

samples = st.lists(st.floats(0.01, 1e6), min_size=2, max_size=12)


def drawn(seed: int, n: int, noise: float, factor: float = 1.0) -> list[float]:
    chance = numpy.random.default_rng(seed)
    return [float(value) for value in factor * numpy.exp(noise * chance.standard_normal(n))]


def test_ratio_of_equal_samples_is_one_and_its_interval_holds_one():
    ratio = significance.ratio([10.0, 11.0, 12.0], [12.0, 10.0, 11.0])
    assert ratio.value == pytest.approx(1.0)
    assert ratio.low < 1 < ratio.high


def test_comparison_agrees_with_scipy_welch_on_logarithms():
    from scipy import stats as scipy_stats

    above, below = [10.0, 11.5, 12.1, 10.9], [8.0, 8.4, 9.1]
    theirs = scipy_stats.ttest_ind([math.log(x) for x in above], [math.log(x) for x in below], equal_var=False)
    interval = theirs.confidence_interval(0.95)
    ours = significance.compare(above, below)
    assert (ours.ratio.low, ours.ratio.high) == pytest.approx((math.exp(interval.low), math.exp(interval.high)))
    assert ours.freedom == pytest.approx(theirs.df)


@given(samples, samples)
def test_turning_a_comparison_round_turns_its_ratio_round(one, other):
    there, back = significance.compare(one, other), significance.compare(other, one)
    assert there.ratio.value == pytest.approx(1 / back.ratio.value)
    assert there.ratio.low == pytest.approx(1 / back.ratio.high)
    assert there.ratio.high == pytest.approx(1 / back.ratio.low)


@given(samples, samples, st.floats(0.001, 1000))
def test_a_ratio_does_not_depend_on_the_unit(one, other, unit):
    plain, scaled = (
        significance.ratio(one, other),
        significance.ratio([x * unit for x in one], [x * unit for x in other]),
    )
    assert scaled.value == pytest.approx(plain.value, rel=1e-6)
    assert plain.low <= plain.value * (1 + 1e-9)
    assert plain.value <= plain.high * (1 + 1e-9)


@given(st.lists(samples, min_size=2, max_size=8))
def test_intervals_shown_together_are_wider_and_say_what_their_verdicts_say(several):
    alone = [significance.compare(each, several[0]) for each in several[1:]]
    shown = significance.together(alone, first_look=1)
    for one, wider, verdict in zip(alone, shown, significance.verdicts(shown)):
        assert wider.ratio.low <= one.ratio.low <= one.ratio.high <= wider.ratio.high
        holds_one = intervals.printed(wider.ratio.low) <= 1 <= intervals.printed(wider.ratio.high)
        assert holds_one == verdict.startswith("cannot tell") or verdict == "equivalent"


def test_what_is_still_warming_up_is_a_bound_and_never_slower():
    fast = significance.compare([2.0, 2.01, 1.99], [1.0, 1.01, 0.99])
    slow = significance.compare([0.5, 0.51, 0.5], [1.0, 1.01, 0.99])
    above, below = (True, False), (False, True)
    assert significance.verdict(replace(fast, warming=above)) == "at least 1.96 times, still warming up"
    assert significance.verdict(replace(slow, warming=above)) == (
        "cannot tell (at least 0.491 times, still warming up)"
    )
    assert significance.verdict(replace(slow, warming=below)) == "at most 0.516 times, the other still warming up"
    assert significance.verdict(replace(fast, warming=(True, True))) == "cannot tell (still warming up)"
    wide = significance.compare([100.0, 20.0], [1.0, 3.0])
    assert wide.ratio.high > 100 * wide.ratio.low
    assert significance.verdict(replace(wide, warming=above)) == "cannot tell (still warming up)", (
        "its figures say nothing"
    )


def test_two_invocations_say_how_many_an_answer_takes():
    assert significance.verdict(significance.compare([1.0, 1.1], [1.0, 1.2])).startswith("cannot tell (about ")


def test_what_an_answer_takes_is_told_in_time_and_in_options_where_its_price_is_known():
    loud = replace(significance.compare(drawn(1, 5, 0.1), drawn(2, 5, 0.1)), cost_s=1.0)
    verdict = significance.verdict(loud)
    seconds = int(verdict.rstrip(")").split()[-1])
    assert verdict == f"cannot tell (about {seconds / 60:.0f} min more: --resume --budget {seconds})"
    assert seconds == pytest.approx(significance.invocations_needed(loud) - 5, abs=10)


def test_each_of_the_four_verdicts_is_reached():
    same = [1.0, 1.001, 0.999, 1.0, 1.002]
    noisy = [0.7, 1.4, 1.0, 0.8, 1.3]
    shown = [
        significance.compare([2.0, 2.01, 1.99, 2.0, 2.02], same),
        significance.compare([0.5, 0.51, 0.49, 0.5, 0.5], same),
        significance.compare(same, same[::-1]),
        significance.compare(noisy, same),
        significance.compare([1.0], same),
    ]
    faster, slower, equivalent, unknown, alone = significance.verdicts(shown)
    assert (faster, slower, equivalent, alone) == (
        "faster",
        "slower",
        "equivalent",
        "cannot tell (one invocation)",
    )
    assert unknown.startswith("cannot tell (about ")
    assert int(unknown.split()[3]) > 5


@pytest.mark.parametrize(
    ("verdict", "faster", "slower"),
    [
        ("faster", True, False),
        ("at least 1.2 times, still warming up", True, False),
        ("slower", False, True),
        ("at most 0.8 times, the other still warming up", False, True),
        ("equivalent", False, False),
        ("cannot tell (at least 0.9 times, still warming up)", False, False),
    ],
)
def test_a_bound_of_what_still_warms_up_says_as_much_as_a_plain_verdict(verdict, faster, slower):
    assert (significance.says_faster(verdict), significance.says_slower(verdict)) == (faster, slower)


def test_nothing_below_the_floor_is_claimed():
    comparison = significance.compare([1.08, 1.081, 1.079, 1.08], [1.0, 1.001, 0.999, 1.0])
    assert significance.verdicts([comparison], floor=0.02) == ["faster"]
    assert significance.verdicts([comparison], floor=0.10) == ["cannot tell (below the A/A floor of 10.0 %)"]


def test_a_claim_that_stands_alone_may_not_stand_among_many():
    weak = significance.compare(drawn(5, 5, 0.05, 1.17), drawn(6, 5, 0.05))
    assert significance.verdicts([weak]) == ["faster"]
    others = [significance.compare(drawn(seed, 5, 0.05), drawn(seed + 100, 5, 0.05)) for seed in range(20)]
    assert significance.verdicts(significance.together([weak, *others]))[0].startswith("cannot tell (about")


def test_the_number_needed_grows_with_noise_and_with_company_and_is_never_what_there_was():
    quiet, loud = (significance.compare(drawn(1, 5, noise), drawn(2, 5, noise)) for noise in (0.001, 0.1))
    assert significance.invocations_needed(quiet) == 6
    assert significance.invocations_needed(loud) > 30
    among_ten = significance.together([loud] * 10)[0]
    assert significance.invocations_needed(among_ten) > significance.invocations_needed(loud)


def test_a_floor_is_the_largest_difference_and_needs_both_sides():
    assert significance.floor([([1.0, 1.0], [1.0, 1.0]), ([1.03], [1.0])]) == pytest.approx(0.03)
    assert significance.floor([([1.0], [])]) is None
    assert significance.floor([]) is None


def test_the_geometric_mean_over_cells_lies_between_them():
    cells = [
        significance.compare([2.0, 2.0, 2.02], [1.0, 1.0, 1.01]),
        significance.compare([0.5, 0.5, 0.51], [1.0, 1.01, 1.0]),
    ]
    mean = significance.geometric_mean_ratio(cells)
    assert mean.value == pytest.approx(1.0, rel=0.02)
    assert mean.low < mean.value < mean.high


def test_equal_programs_are_called_different_at_most_one_time_in_twenty():
    chance = numpy.random.default_rng(7)
    for n in (3, 5, 10, 15):
        pairs = [simulated_runs.pair(chance, n) for _ in range(100)]
        assert simulated_runs.called_different(pairs).hits <= 10
        assert simulated_runs.intervals_without_one(pairs).hits <= 11


def test_a_true_difference_of_5_percent_is_found_with_the_number_asked_for():
    found, asked = simulated_runs.found_with_the_n_asked_for(numpy.random.default_rng(8), 0.03, 60)
    assert found.hits >= 50
    assert 8 <= asked <= 30


def test_an_interval_that_touches_1_as_it_is_printed_is_no_claim():
    claims = []
    for shift in numpy.linspace(-0.02, 0.02, 401):
        for error in (0.0, 0.0005, 0.003, 0.3):
            compared = significance.Comparison(shift, error, error, 1e6, 5)
            low, high = (float(each) for each in wording.number(compared.ratio).split("[")[1].rstrip("]").split(", "))
            if significance.verdict(compared, margin=0.0001) in (significance.FASTER, significance.SLOWER):
                claims.append((low, high))
    assert len(claims) > 100
    assert all(low > 1 or high < 1 for low, high in claims)


def test_looks_share_the_whole_risk_however_many_there_are():
    assert [significance.risk_at(count, 2) for count in (2, 3, 4, 8)] == pytest.approx([0.005, 0.0225, 0.0225, 0.01125])
    assert sum(significance.risk_at(2**power, 2) for power in range(1, 60)) <= 0.05 * (1 + 1e-9)
    assert significance.risk_at(7, None) == pytest.approx(0.05)


def test_the_end_is_a_look_after_all_others_and_takes_what_the_last_one_may_where_it_sees_the_same():
    """Two starts: 0.1 + 0.45 of the risk; three: 0.45, since 0.1 went to the look at two; four: 0.45 + 0.225."""
    at_end = [significance.risk_at_end(count, 2) for count in (1, 2, 3, 4, 5)]
    assert at_end == pytest.approx([0.0275, 0.0275, 0.0225, 0.03375, 0.01125])
    assert significance.risk_at_end(7, None) == pytest.approx(0.05)
    for count in (2, 4, 8, 16):
        earlier = sum(significance.risk_at(each, 2) for each in (2, 4, 8, 16) if each < count)
        assert earlier + significance.risk_at_end(count, 2) <= 0.05, count


def test_a_price_of_minutes_or_hours_is_told_in_them():
    loud = significance.compare(drawn(1, 5, 0.1), drawn(2, 5, 0.1))
    more = significance.invocations_needed(loud) - loud.invocations
    for seconds, words in (
        (100, "100 s"),
        (120, "2 min"),
        (7190, "120 min"),
        (7200, "2 h"),
        (36000, "10 h"),
        (18_000_000, "5000 h"),
    ):
        verdict = significance.verdict(replace(loud, cost_s=seconds / more))
        assert verdict == f"cannot tell (about {words} more: --resume --budget {seconds})"
    assert "about 10 s more" in significance.verdict(replace(loud, cost_s=0.0)), "no less than ten seconds is asked for"


def test_those_that_are_told_apart_leave_their_share_of_the_risk_to_the_others():
    apart = significance.compare([2.0, 2.01, 1.99], [1.0, 1.01, 0.99])
    equal = significance.compare([1.0, 1.01, 0.99], [1.0, 0.99, 1.01])
    alone = significance.compare([1.0], [1.0])
    assert significance.count_sharing([equal] * 4) == 4
    assert significance.count_sharing([apart, equal, equal, alone]) == 2
    assert significance.count_sharing([apart, apart]) == significance.count_sharing([alone]) == 1
    assert [each.risk for each in significance.together([equal, equal, alone])] == pytest.approx([0.025] * 3)
    assert [each.risk for each in significance.together([equal, apart], None, [1, 5])] == pytest.approx([0.05, 0.01])
    assert significance.together([alone])[0].risk == pytest.approx(0.05)


def test_a_cell_may_be_faster_than_its_starts_showed_by_as_much_as_its_noise_allows():
    few, more = [1.0, 1.4], [1.0, 1.4, 1.0, 1.4]
    prior, noisy = moderated.Prior(0.01, 8.0), moderated.Prior(0.09, 8.0)
    assert significance.luck([1.0], noisy, 0.05) == pytest.approx(math.exp(1.8595 * 0.3), rel=1e-4)  # t of 8, 95 %
    spread = math.log(1.4) / math.sqrt(2)
    assert significance.luck(few, None, 0.05) == pytest.approx(math.exp(6.3138 * spread / math.sqrt(2)), rel=1e-4)
    assert 1 < significance.luck(more, None, 0.05) < significance.luck(few, None, 0.05)
    assert significance.luck(few, None, 0.01) > significance.luck(few, None, 0.05)
    assert significance.luck(few, prior, 0.05) < significance.luck(few, None, 0.05), "others say that it is quiet"


def test_one_of_a_cells_starts_may_have_been_slow_however_quiet_the_others_are():
    quiet = moderated.Prior(1e-6, 8.0)
    for count in (1, 2, 4):
        assert significance.luck([1.0] * count, quiet, 0.05) == pytest.approx(significance.HOPELESS ** (1 / count))
    assert significance.luck([1.0], None, 0.05) == significance.HOPELESS


def test_the_starts_of_a_cell_that_was_started_often_say_as_much_as_their_noise_permits():
    quiet = moderated.Prior(1e-6, 8.0)
    assert significance.luck([1.0] * 4, quiet, 0.05, often=True) == pytest.approx(1.0, abs=0.001)
    assert significance.luck([1.0] * 4, None, 0.05, often=True) == 1.0
    assert significance.luck([1.0], None, 0.05, often=True) == 1.0


def test_times_without_noise_have_an_interval_without_width():
    exact = significance.compare([2.0, 2.0, 2.0], [1.0, 1.0])
    assert (exact.ratio.low, exact.ratio.value, exact.ratio.high) == pytest.approx((2.0, 2.0, 2.0))
    assert (exact.noise, exact.freedom, exact.invocations) == (0.0, 3, 2)
    alone = significance.compare([2.0], [1.0, 1.0])
    assert (alone.ratio.value, alone.ratio.low, alone.ratio.high) == (pytest.approx(2.0), None, None)
    assert (alone.noise, alone.freedom, alone.invocations) == (math.inf, 0, 1)


def test_the_noise_of_a_comparison_is_pooled_and_moderated_freedom_is_that_of_the_one_with_less():
    above, below = [1.0, math.exp(0.2)], [1.0, math.exp(0.1)]  # variances 0.02 and 0.005
    assert significance.compare(above, below).noise == pytest.approx(math.sqrt(0.0125))
    prior = moderated.Prior(0.01, 4.0)
    helped = significance.level(above, prior)
    assert significance.between(helped, significance.level(below)).freedom == 1
    assert significance.between(helped, significance.level(below * 2, prior)).freedom == 5
    assert moderated.variance(above, prior) == (pytest.approx((4 * 0.01 + 0.02) / 5), 5)
    assert moderated.variance([1.0, math.exp(0.1), math.exp(0.2)], None) == (pytest.approx(0.01), 2.0)


def test_the_mean_over_cells_is_as_uncertain_as_its_cells_together():
    one = significance.compare([2.0, 2.1, 2.2], [1.0, 1.1, 1.0])
    same = significance.geometric_mean_ratio([one])
    assert same.value == pytest.approx(one.ratio.value)
    four = significance.geometric_mean_ratio([one] * 4)
    assert math.log(four.high / four.value) == pytest.approx(math.log(same.high / same.value) / 2)
    alone = significance.compare([2.0], [1.0])
    assert significance.geometric_mean_ratio([one, alone]).low is None


def compared(difference, half=0.0, noise=0.1, freedom=1e9, invocations=5, **fields):
    """Return a comparison whose interval, at 95 % and with so many degrees of freedom, reaches ``half`` either way."""
    return significance.Comparison(difference, half / 1.959964, noise, freedom, invocations, **fields)


@pytest.mark.parametrize(
    ("comparison", "needed"),
    [
        (compared(0.0, noise=0.1), 90),  # 2 (0.1 x (1.960 + 1.282) / log 1.05)² = 88.3, and t is a little wider
        (compared(0.0, noise=0.1, risk=0.005), 142),  # 2.807 instead of 1.960
        (compared(0.0, noise=0.02, invocations=2), 5),  # 3.5 with the normal's quantiles; t of 8 says 4.6
        (compared(0.2, noise=0.1), 7),  # 5.3 and 6.5: what is seen is larger than what must not be missed
        (compared(-0.2, noise=0.1), 7),
        (compared(0.2, half=0.05 * 1.959964, noise=0.1), 11),  # of 0.2 with an error of 0.05 only 0.15 is certain
        (replace(compared(0.2, noise=0.1), error=None), 7),
        (compared(0.0, noise=0.1, freedom=4), 216),  # 0.1 was seen with 4 degrees: it may be sqrt(4 / 1.6488) x 0.1
    ],
)
def test_the_number_needed_finds_the_difference_nine_times_in_ten(comparison, needed):
    """Twice the square of noise over effect times the quantiles of the risk and of 90 %."""
    assert significance.invocations_needed(comparison) == pytest.approx(needed, abs=1)


@pytest.mark.parametrize(("noise", "needed"), [(0.0186, 5), (0.0201, 5), (0.0210, 6)])
def test_the_number_needed_is_the_least_that_is_enough(noise, needed):
    """Four have 6 degrees of freedom, five 8, six 10: 2.447 + 1.440, 2.306 + 1.397 and 2.228 + 1.372.

    With a noise of 0.0186 four need 4.4, and with one of 0.0201 five need 4.7. With one of 0.0210 five need 5.1, and
    six need 4.8.
    """
    assert significance.invocations_needed(compared(0.0, noise=noise, invocations=2)) == needed


def test_a_wider_margin_needs_fewer():
    wide = compared(0.0, noise=0.1)
    assert significance.invocations_needed(wide, 0.1) == pytest.approx(24, abs=1)


@pytest.mark.parametrize(("seconds", "asked"), [(101, 110), (110, 110), (109, 110), (111, 120), (11, 20), (10, 10)])
def test_the_time_that_is_asked_for_is_rounded_up_to_tens_of_seconds(seconds, asked):
    loud = compared(0.0, half=0.2)
    more = significance.invocations_needed(loud) - loud.invocations
    assert f"--budget {asked})" in significance.verdict(replace(loud, cost_s=(seconds - 1e-6) / more))


@pytest.mark.parametrize(
    ("low", "high", "margin", "same"),
    [
        (0.951, 1.049, 0.05, True),
        (0.951, 1.051, 0.05, False),
        (0.949, 1.049, 0.05, False),
        (1.01, 1.049, 0.05, True),  # beyond doubt faster, and by too little to matter
        (0.91, 1.09, 0.1, True),
        (0.5, 0.5, 0.5, True),  # the margin is within it
        (2.0, 2.0, 1.0, True),
    ],
)
def test_two_are_equivalent_where_the_whole_interval_is_within_the_margin(low, high, margin, same):
    middle, half = math.log(low * high) / 2, math.log(high / low) / 2
    assert (significance.verdict(compared(middle, half), 0.0, margin) == significance.SAME) == same


@pytest.mark.parametrize(("floor", "claimed"), [(0.079, True), (0.081, False)])
@pytest.mark.parametrize("side", [-1, 1])
def test_a_difference_counts_beyond_the_floor_either_way(floor, claimed, side):
    found = significance.verdict(compared(side * math.log(1.08), 0.001), floor)
    assert (found in (significance.FASTER, significance.SLOWER)) == claimed
    assert found == (
        f"cannot tell (below the A/A floor of {100 * floor:.1f} %)"
        if not claimed
        else "faster"
        if side > 0
        else "slower"
    )


@pytest.mark.parametrize(("freedoms", "quantile"), [((10, 10), 2.22814), ((10, 3), 3.18245), ((3, 10), 3.18245)])
def test_the_mean_over_cells_has_the_freedom_of_the_one_with_the_least(freedoms, quantile):
    """Each ratio of eight invocations a side has the error noise x sqrt(2 / 8), whatever that side's was."""
    cells = [compared(0.3, noise=noise, freedom=freedom, invocations=8) for noise, freedom in zip((3, 4), freedoms)]
    mean = significance.geometric_mean_ratio(cells)
    error = math.sqrt((3 / 2) ** 2 + (4 / 2) ** 2) / 2
    assert math.log(mean.value) == pytest.approx(0.3)
    assert math.log(mean.high / mean.value) == pytest.approx(quantile * error, rel=1e-5)


@pytest.mark.parametrize(("high", "told"), [(1999.0, True), (2001.0, False)])
@pytest.mark.parametrize("warming", [(True, False), (False, True)])
def test_a_bound_says_nothing_whose_ends_are_over_a_hundred_times_apart(high, told, warming):
    low = 20.0 if warming[0] else 0.0002
    middle, half = math.log(low * low * high / 20) / 2, math.log(high / 20) / 2
    found = significance.verdict(compared(middle, half, warming=warming))
    assert found.startswith(significance.AT_LEAST if warming[0] else significance.AT_MOST) == told
    assert told or found == "cannot tell (still warming up)"


def test_a_bound_is_told_only_where_it_is_on_the_right_side_of_1():
    for low, high, warming, told in (
        (1.004, 1.2, (True, False), "cannot tell (at least 1 times, still warming up)"),  # printed, it begins at 1
        (1.06, 1.2, (True, False), "at least 1.06 times, still warming up"),  # and not 1.1, which is above it
        (0.8, 0.9998, (False, True), "cannot tell (at most 1 times, the other still warming up)"),
        (0.8, 1.25, (False, True), "cannot tell (at most 1.25 times, the other still warming up)"),
        (0.8, 0.894, (False, True), "at most 0.894 times, the other still warming up"),
    ):
        middle, half = math.log(low * high) / 2, math.log(high / low) / 2
        assert significance.verdict(compared(middle, half, warming=warming)) == told


@pytest.mark.parametrize(
    ("low", "high", "warming", "claimed"),
    [
        (1.02, 1.04, (True, False), None),
        (1.04, 1.5, (True, False), None),  # what is claimed is 4 %, however much more it may be
        (1.06, 1.5, (True, False), "at least 1.06 times, still warming up"),
        (0.96, 0.98, (False, True), None),
        (0.5, 0.96, (False, True), None),
        (0.5, 0.95, (False, True), "at most 0.95 times, the other still warming up"),
    ],
)
def test_a_bound_within_the_floor_is_not_claimed(low, high, warming, claimed):
    middle, half = math.log(low * high) / 2, math.log(high / low) / 2
    told = significance.verdict(compared(middle, half, warming=warming), floor=0.05)
    assert told == (claimed or "cannot tell (below the A/A floor of 5.0 %)")


def test_comparing_says_how_many_invocations_the_smaller_side_had_and_a_level_how_well_it_is_known():
    assert significance.compare([1.0, 1.1, 1.2], [1.0, 1.1]).invocations == 2
    assert significance.compare([1.0, 1.1], [1.0, 1.1, 1.2]).invocations == 2
    level = significance.level([1.0, math.exp(0.2), math.exp(0.4)])
    assert (level.mean, level.variance) == pytest.approx((0.2, 0.04 / 3))
    assert (level.freedom, level.invocations, level.moderated) == (2, 3, False)
    assert significance.level([1.0]) == significance.Level(0.0, None, 0, 1, False)
    assert significance.level([1.0, 1.1], moderated.Prior(0.01, 4.0)).moderated


@pytest.mark.parametrize(("count", "quantile"), [(2, 12.706), (3, 4.3027), (4, 3.1824)])
def test_two_invocations_and_more_have_an_interval_of_their_own(count, quantile):
    sample = [0.0, 0.3, *[0.15] * (count - 2)]
    half = quantile * 0.15 * math.sqrt(2 / (count - 1) / count)
    speed = significance.level([math.exp(each) for each in sample]).speed
    assert (math.log(speed.low), math.log(speed.high)) == pytest.approx((0.15 - half, 0.15 + half), rel=1e-4)


def test_two_cells_have_in_common_what_each_has_with_others():
    above, below = significance.level([1.0, 1.1], shared=0.01), significance.level([1.0, 1.2], shared=0.02)
    assert significance.between(above, below).shared == pytest.approx(0.03)


def test_a_single_start_has_the_noise_of_its_kind_and_no_less_than_an_unlucky_one():
    noisy, quiet = moderated.Prior(0.09, 4.0), moderated.Prior(1e-6, 4.0)
    assert significance.level([1.0], noisy) == significance.Level(0.0, 0.09, 4.0, 1, True)
    assert significance.level([1.0], quiet).variance == pytest.approx((math.log(1.6) / 2) ** 2)
    assert significance.level([1.0], noisy, 0.01).variance == pytest.approx(0.1)
    assert significance.level([1.0], noisy).speed == intervals.Estimate(1.0, None, None), "none of its own"


@pytest.mark.parametrize(("speed", "told"), [(10.0, "faster"), (1.5, "cannot tell (one invocation)"), (0.1, "slower")])
def test_a_single_start_decides_what_is_blatant(speed, told):
    quiet = moderated.Prior(1e-4, 4.0)
    alone, several = significance.level([speed], quiet), significance.level([1.0, 1.01, 1.0], quiet)
    assert significance.verdict(significance.between(alone, several)) == told


def test_a_claim_frees_the_risk_of_others_until_no_more_can_be_claimed():
    """With an error of 1, 2.3 is beyond a quarter of the risk (2.50), a third (2.39) or not; beyond a half it is."""
    strong, weak, equal = (compared(each, half=1.959964) for each in (9.0, 2.3, 0.1))
    assert significance.count_sharing([strong, weak, equal]) == 1
    assert significance.count_sharing([strong, weak, equal, equal]) == 3
    assert significance.count_sharing([equal, equal, equal]) == 3
    assert significance.count_sharing([]) == 1


def test_what_the_cells_of_a_mean_have_in_common_does_not_even_out_between_them():
    """The error of each ratio is 0.1: 0.08 of its own, and 0.06 that all have in common."""
    cells = [compared(0.3, noise=0.1 * math.sqrt(8 / 2), invocations=8, shared=0.06**2)] * 4
    mean = significance.geometric_mean_ratio(cells)
    error = math.sqrt(0.08**2 / 4 + 0.06**2)
    assert math.log(mean.high / mean.value) == pytest.approx(1.959964 * error, rel=1e-5)
    quiet = significance.geometric_mean_ratio([compared(0.3, noise=0.0, shared=0.06**2)] * 4)
    assert math.log(quiet.high / quiet.value) == pytest.approx(1.959964 * 0.06, rel=1e-5), (
        "none is below what is common"
    )
