# Run by pytest (Python 3.9 upward).
"""What could be found where noise is known, beside starts that are drawn."""

from __future__ import annotations

import numpy
import pytest
from scipy.stats import norm

from runoff.validation import known_noise

DRAWN = 20_000


@pytest.mark.parametrize(
    ("spread", "starts", "faster", "others"), [(0.05, 4, 0.1, 9), (0.05, 12, 0.1, 1), (0.122, 6, 0.2, 3)]
)
def test_it_finds_as_many_as_are_found_among_drawn_starts(spread, starts, faster, others):
    chance = numpy.random.default_rng(1)
    means = chance.normal(0, spread, (DRAWN, 1 + others, starts)).mean(axis=2)
    lead = numpy.log1p(faster) + means[:, 0] - means[:, 1:].max(axis=1)
    sure = norm.ppf(1 - 0.05 / 2 / others) * spread * numpy.sqrt(2 / starts)
    assert known_noise.found(spread, starts, faster, others) == pytest.approx((lead > sure).mean(), abs=0.01)


def test_equal_ones_are_told_apart_by_chance_alone():
    assert known_noise.found(0.05, 8, 0.0, 1) == pytest.approx(0.025)
