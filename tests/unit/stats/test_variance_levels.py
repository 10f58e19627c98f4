"""How many iterations an invocation should have, on cells whose noise at each level is known."""

from __future__ import annotations

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
