"""What the cells of a run show of each other's noise, on cells whose noise is known."""

from __future__ import annotations

import math

import numpy
import pytest
from scipy.special import polygamma

from runoff.stats import moderated, significance


def noisy(chance, cells, count, freedom=None, sd=0.03):
    """Draw ``count`` values of each of ``cells`` cells, whose own noise differs as ``freedom`` says (None: not)."""
    spreads = sd if freedom is None else sd * numpy.sqrt(freedom / chance.chisquare(freedom, (cells, 1)))
    return numpy.exp(spreads * chance.standard_normal((cells, count))).tolist()


def of_one_kind(cells):
    """Return ``cells`` as moderated.learn takes them."""
    return [("any", cell) for cell in cells]


def test_the_noise_of_other_cells_makes_up_for_few_invocations_where_cells_are_alike():
    chance, one, other = numpy.random.default_rng(1), [2.0, 2.03], [1.0, 1.02]
    alike = moderated.learn(of_one_kind(noisy(chance, 100, 3)))["any"]
    assert alike.variance == pytest.approx(0.03**2, rel=0.2)
    assert alike.freedom > 3
    alone, helped = significance.compare(one, other), significance.compare(one, other, alike, alike)
    assert helped.freedom > 4
    assert alone.freedom < 2.1
    assert helped.ratio.value == alone.ratio.value
    different = moderated.learn(of_one_kind(noisy(chance, 400, 3, freedom=2.0)))["any"]
    assert different.freedom < 2.5, "cells that differ much say little of each other"
    assert significance.compare([2.0, 2.0], [1.0, 1.0], alike, alike).ratio.low < 1.95, "equal by chance"


def test_nothing_is_learnt_of_noise_from_few_cells_or_from_times_without_any():
    chance = numpy.random.default_rng(1)
    assert moderated.learn(of_one_kind(noisy(chance, moderated.FEWEST - 1, 3))) == {}
    assert moderated.learn(of_one_kind(noisy(chance, 50, 1))) == {}
    assert moderated.learn(of_one_kind([[1.0, 1.0]] * 50)) == {}


def test_each_kind_of_cell_has_its_own_noise_unless_too_few_show_it():
    chance = numpy.random.default_rng(2)
    quiet, loud = noisy(chance, 20, 4, sd=0.005), noisy(chance, 20, 4, sd=0.1)
    found = moderated.learn([("quiet", each) for each in quiet] + [("loud", each) for each in loud])
    assert found["quiet"].variance == pytest.approx(0.005**2, rel=0.5)
    assert found["loud"].variance == pytest.approx(0.1**2, rel=0.5)
    together = moderated.learn(of_one_kind(quiet + loud))["any"]
    assert min(found["quiet"].freedom, found["loud"].freedom) > 2 * together.freedom, "alike within a kind"
    few = moderated.learn([("quiet", each) for each in quiet[:8]] + [("loud", each) for each in loud[:2]])
    assert few["quiet"] == few["loud"]


def test_a_kind_with_one_cell_is_drawn_to_all_and_counts_for_less():
    chance = numpy.random.default_rng(4)
    many, single = noisy(chance, 30, 4, sd=0.02), noisy(chance, 1, 4, sd=0.1)[0]
    found = moderated.learn([*(("many", each) for each in many), ("single", single)])
    assert found["many"].variance < found["single"].variance < numpy.log(single).var(ddof=1)
    assert found["single"].freedom < found["many"].freedom


@pytest.mark.parametrize("freedom", [None, 2.0])
def test_moderated_intervals_of_two_invocations_keep_their_promise(freedom):
    """What pooled variance without more did not: a noisy cell among quiet ones is not called different."""
    chance, wrong = numpy.random.default_rng(3), 0
    for _ in range(10):
        cells = noisy(chance, 80, 2, freedom)
        prior = moderated.learn(of_one_kind(cells))["any"]
        ratios = [significance.compare(one, other, prior, prior).ratio for one, other in zip(cells[::2], cells[1::2])]
        wrong += sum(not ratio.low <= 1 <= ratio.high for ratio in ratios)
    assert wrong <= 31, "400 equal pairs; 5 % are 20"


def alike(variance, count=3):
    """Return equally spaced values whose logarithms have exactly this variance."""
    step = math.sqrt(variance / numpy.arange(count).var(ddof=1))
    return [math.exp(step * at) for at in range(count)]


def prior_of(variances, count=3):
    """Return what cells with these variances show."""
    return moderated.learn(of_one_kind(alike(variance, count) for variance in variances))["any"]


#: digamma(5) - log(5), and how far the logarithm of a variance lies below that of the truth in the mean: digamma(1/2) -
#: log(1/2) for two values, digamma(1) - log(1) for three (Smyth 2004). Euler's constant cancels out.
OF_TEN = math.exp(25 / 12) / 5
#: The variance of the logarithm of a variance that two and three values show: trigamma(1/2), trigamma(1).
CHANCE = {2: math.pi**2 / 2, 3: math.pi**2 / 6}


@pytest.mark.parametrize(("count", "above"), [(2, 2 * OF_TEN), (3, OF_TEN)])
def test_cells_no_less_alike_than_chance_permits_count_for_the_most_and_few_values_show_too_little(count, above):
    found = prior_of([0.01] * 10, count)
    assert found.freedom == moderated.MOST_FREEDOM
    assert found.variance == pytest.approx(0.01 * above)


@pytest.mark.parametrize(("beyond", "freedom"), [(math.pi**2 / 2, 1), (math.pi**2 / 6, 2), (math.pi**2 / 6 - 1, 4)])
def test_cells_that_differ_by_more_than_chance_say_as_little_of_each_other(beyond, freedom):
    """Trigamma is the square of pi over 2 at 1/2, over 6 at 1, and 1 less at 2: twice these are the degrees."""
    apart = math.sqrt((CHANCE[3] + beyond) * 39 / 40)
    found = prior_of([0.01 * math.exp(side * apart) for side in (-1, 1) * 20])
    assert found.freedom == pytest.approx(freedom)
    assert found.variance / prior_of([0.01] * 40).variance == pytest.approx(of_freedom(freedom) / OF_TEN)


def of_freedom(freedom):
    """Return what ten degrees of freedom have in OF_TEN, for 1, 2 and 4: exp(digamma + Euler's constant) / half."""
    return {1: math.exp(-2 * math.log(2)) / 0.5, 2: 1.0, 4: math.exp(1.0) / 2}[freedom]


def test_how_much_cells_differ_is_taken_with_its_standard_error():
    """A quarter of the cells is three times as far from the middle as the others are: squares of 3 and 1/3."""
    mean, error = 1.0, (3 - 1 / 3) * math.sqrt(3 / 16 * 40 / 39) / math.sqrt(40)
    apart = math.sqrt((CHANCE[3] + math.pi**2 / 6) * 39 / 40 / (mean + error))
    sides = [math.sqrt(3), *[-1 / math.sqrt(3)] * 3] * 10
    assert prior_of([0.01 * math.exp(side * apart) for side in sides]).freedom == pytest.approx(2)


def test_a_cell_counts_by_how_certain_its_own_variance_is():
    two, three = (1 / (1 + CHANCE[count]) for count in (2, 3))
    cells = [alike(0.01, 2)] * 20 + [alike(0.02, 3)] * 20
    middle = (two * math.log(2 * 0.01) + three * math.log(0.02)) / (two + three)
    assert moderated.learn(of_one_kind(cells))["any"].variance == pytest.approx(math.exp(middle) * OF_TEN)
    cells = [alike(0.01, 2)] * 20 + [alike(0.04, 3)] * 20
    middle = (two * math.log(2 * 0.01) + three * math.log(0.04)) / (two + three)
    assert moderated.learn(of_one_kind(cells))["any"].variance == pytest.approx(math.exp(middle) * OF_TEN)


def test_a_variance_that_only_chance_or_a_coarse_clock_makes_so_small_counts_as_a_hundred_thousandth():
    tiny, none, smaller, larger = (prior_of([0.01] * 20 + [each]) for each in (1e-7, 0.0, 1e-9, 1e-6))
    assert tiny.variance == pytest.approx(none.variance) == pytest.approx(smaller.variance)
    assert tiny.freedom == pytest.approx(none.freedom) == pytest.approx(smaller.freedom)
    assert larger.variance > 1.05 * tiny.variance


def of_kinds(variances):
    """Return what ten cells of each kind show, all of one kind with the same variance."""
    return moderated.learn([(str(at), alike(each)) for at, each in enumerate(variances) for _ in range(10)])


def test_kinds_that_differ_as_little_as_chance_makes_them_share_one_middle():
    apart = 0.99 * math.sqrt(CHANCE[3] / 10 / 2)
    found = of_kinds([0.01 * math.exp(side * apart) for side in (-1, 1)])
    assert found["0"].variance == found["1"].variance == pytest.approx(0.01 * OF_TEN)


@pytest.mark.parametrize("own", [0.5, 0.75])
def test_the_middle_of_a_kind_is_drawn_to_that_of_all_by_how_uncertain_it_is(own):
    """The middles of two kinds vary by 2 x apart², of which chance makes a tenth of a cell's."""
    apart = math.sqrt(CHANCE[3] / 10 / (1 - own) / 2)
    found = of_kinds([0.01 * math.exp(side * apart) for side in (-1, 1)])
    for label, side in (("0", -1), ("1", 1)):
        assert found[label].variance == pytest.approx(0.01 * math.exp(side * own * apart) * OF_TEN)


@pytest.mark.parametrize(("cells", "told"), [(8, False), (9, True)])
def test_kinds_are_told_apart_where_nine_cells_more_than_there_are_kinds_show_them(cells, told):
    samples = [("quiet", alike(1e-6))] * cells + [("loud", alike(1.0))] * 2
    found = moderated.learn(samples)
    assert (found["quiet"] != found["loud"]) == told


@pytest.mark.filterwarnings("error")
def test_cells_of_one_kind_alone_are_no_reason_to_warn():
    assert prior_of([0.01] * 10).freedom == moderated.MOST_FREEDOM


@pytest.mark.parametrize("count", [moderated.FEWEST - 1, moderated.FEWEST])
def test_ten_cells_with_two_values_show_a_distribution_and_those_with_one_do_not_count(count):
    cells = [alike(0.01, 2)] * count + [[1.0]] * 50
    assert (moderated.learn(of_one_kind(cells)) == {}) == (count < moderated.FEWEST)


@pytest.mark.parametrize("beyond", [1e-3, 0.01, 0.2, 1.0, 30.0, 1e4])
def test_trigamma_of_what_was_found_for_a_value_is_that_value(beyond):
    assert polygamma(1, moderated._inverse_trigamma(beyond)) == pytest.approx(beyond, rel=1e-6)
