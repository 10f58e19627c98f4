"""How many iterations an invocation should have, on cells whose noise at each level is known."""

from __future__ import annotations

import math

import numpy
import pytest

from runoff.stats import variance_levels
from runoff.stats.variance_levels import FEWEST, MOST, warm_iterations

START_NS, ITERATION_NS = 200e6, 50e6


def alike(chance, cells, invocations, within, between, iterations=6):
    """Draw cells of ``invocations`` with such noise within and between them, as logarithms."""
    return [
        [
            (ITERATION_NS * numpy.exp(between * level + within * chance.standard_normal(iterations))).tolist()
            for level in chance.standard_normal(invocations)
        ]
        for _ in range(cells)
    ]


@pytest.mark.parametrize(
    ("within", "between", "best"),
    [(0.1, 0.1, 2), (0.1, 0.05, 4), (0.1, 0.02, 10), (0.1, 0.0, MOST), (0.001, 0.1, FEWEST)],
)
def test_the_count_is_the_one_for_which_the_interval_is_narrowest(within, between, best):
    found = warm_iterations(alike(numpy.random.default_rng(1), 60, 5, within, between), START_NS, ITERATION_NS)
    assert found == pytest.approx(best, rel=0.3)


def test_like_cells_make_up_for_few_invocations_of_each():
    """From one cell with four invocations the count is often many times too large; from ten of them it is not."""
    chance = numpy.random.default_rng(2)
    alone, together = (
        [warm_iterations(alike(chance, cells, 4 + (cells == 1), 0.1, 0.05), START_NS, ITERATION_NS) for _ in range(50)]
        for cells in (1, 10)
    )
    assert sum(count > 10 for count in alone) > 10
    assert sum(count > 10 for count in together) == 0


def test_too_few_invocations_say_nothing_and_no_noise_asks_for_the_fewest():
    chance = numpy.random.default_rng(3)
    assert warm_iterations(alike(chance, 1, variance_levels.ENOUGH, 0.1, 0.1), START_NS, ITERATION_NS) is None
    assert warm_iterations([], START_NS, ITERATION_NS) is None
    assert warm_iterations([[[50, 50]] * 6], START_NS, ITERATION_NS) == FEWEST


def two_by_two(within, between, cells=4):
    """Cells of two invocations of two iterations each; the logarithms differ by exactly so much at each level."""
    logs = [[level + sign * within / 2 for sign in (-1, 1)] for level in (-between / 2, between / 2)]
    return [[[math.exp(each) for each in times] for times in logs] for _ in range(cells)]


@pytest.mark.parametrize(
    ("start_ns", "within", "between", "count"),
    [
        (400, 0.1, 0.1, 3),  # variances 0.005 and 0.005 less half of the former: the root of 4 x 2 is 2.8
        (1600, 0.1, 0.1, 6),  # of 16 x 2: 5.7
        (400, 0.1, 0.2, 2),  # of 4 x 0.005 / 0.0175: 1.07, and no fewer than two
        (400, 0.1, 0.075, 8),  # of 4 x 16
        (10**6, 0.1, 0.1, MOST),
        (-5, 0.1, 0.1, FEWEST),  # a start that took no time
        (325, 0.1, 0.1, 3),  # of 3.25 x 2: 2.55
    ],
)
def test_the_count_is_the_root_of_the_costs_times_the_variances(start_ns, within, between, count):
    assert warm_iterations(two_by_two(within, between), start_ns, 100) == count


def test_levels_of_different_counts_are_weighed_by_their_degrees_of_freedom():
    logs = [[level + 0.1 * each for each in (-1, 0, 1)] for level in (-0.1, 0.1)]
    cells = [[[math.exp(each) for each in times] for times in logs]] * 4
    assert warm_iterations(cells, 10_000, 100) == 8  # the root of 100 x 0.01 / (0.02 less a third of 0.01): 7.7


def test_noise_that_iterations_alone_explain_asks_for_the_most():
    assert warm_iterations(two_by_two(0.1, 0.05), 400, 100) == MOST
    exactly = [[1, 4], [1, 1]]  # means differ by half of what the iterations of one do
    assert warm_iterations([exactly] * 4, 400, 100) == MOST


@pytest.mark.parametrize(("cells", "told"), [(3, False), (4, True)])
def test_four_pairs_of_invocations_are_enough(cells, told):
    assert (warm_iterations(two_by_two(0.1, 0.1, cells), 400, 100) is not None) == told


def test_an_invocation_of_one_iteration_and_a_cell_of_one_invocation_say_nothing():
    enough = two_by_two(0.1, 0.1)
    noise = [[[1.0], [9.0], [5.0]], [[1.0, 9.0]], []]
    assert warm_iterations([*noise, *enough], 400, 100) == warm_iterations(enough, 400, 100)
    assert warm_iterations(noise * 9, 400, 100) is None


def test_a_cell_with_more_invocations_weighs_more():
    """Seven invocations that differ little outweigh one pair that differs much."""
    (pair,) = two_by_two(0.1, 1.0, 1)
    alike = [[math.exp(level + sign * 0.05) for sign in (-1, 1)] for level in (-0.1, 0.1, -0.1, 0.1, -0.1, 0.1, 0.0)]
    between = (6 * (0.06 / 6 - 0.0025) + (0.5 - 0.0025)) / 7
    wanted = round(math.sqrt(1_000 * 0.005 / between))
    assert warm_iterations([alike, pair], 10**5, 100) == wanted
