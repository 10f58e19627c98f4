"""Slopes of a size over a long run."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

from runoff.stats.slope import slope


def series(per_hour_mib: float, seed: int = 1, sawtooth: float = 0.0):
    chance = random.Random(seed)
    return [
        [at / 2, 50 * 2**20 + per_hour_mib * 2**20 * at / 7200 + sawtooth * (at % 40) + 20_000 * chance.gauss(0, 1)]
        for at in range(1200)
    ]


def test_a_leak_is_found_with_an_interval_that_holds_it():
    found = slope(series(20.0))
    assert found.verdict == "grows"
    assert found.low * 3600 / 2**20 <= 20 <= found.high * 3600 / 2**20


def test_a_sawtooth_is_no_leak():
    verdicts = [slope(series(0.0, seed, sawtooth=50_000)).verdict for seed in range(20)]
    assert verdicts.count("no growth seen") >= 17


def test_growth_in_the_first_quarter_is_warm_up_and_no_leak():
    points = [[at, 10**6 * min(at, 200)] for at in range(1000)]
    assert slope(points).value == 0


def test_too_short_a_soak_has_no_slope():
    assert slope([[at, 1] for at in range(20)]) is None
    assert slope([]) is None


def line(count, per_second, step_s=1.0):
    """Return ``count`` points of a straight line, ``step_s`` apart."""
    return [[at * step_s, 1000 + per_second * at * step_s] for at in range(count)]


def test_a_straight_line_has_its_slope_without_doubt_and_says_how_long_it_is():
    found = slope(line(1201, 3.0, 0.5))
    assert (found.value, found.low, found.high) == pytest.approx((3.0, 3.0, 3.0))
    assert found.minutes == 10
    assert found.verdict == "grows"


def test_what_becomes_smaller_shrinks():
    found = slope(line(400, -2.0))
    assert found.value == pytest.approx(-2.0)
    assert found.verdict == "shrinks"
    assert slope(line(400, 0.0)).verdict == "no growth seen"


@pytest.mark.parametrize(("last", "told"), [(51, False), (52, True)])
def test_forty_samples_after_the_first_quarter_are_enough(last, told):
    """From 13 to 52 they are 40, from 13 to 51 one less."""
    assert (slope(line(last + 1, 1.0)) is not None) == told


def test_one_jump_bends_no_slope():
    points = [[at, 1000.0 + (10**6 if at == 500 else 0)] for at in range(1000)]
    assert slope(points).value == 0


@pytest.mark.parametrize("bend", [1, -1])
def test_all_that_is_kept_counts_to_its_ends(bend):
    """A parabola is as steep over all that is kept, from 200 to 799, as in its middle."""
    found = slope([[at, 1000.0 + bend * at**2] for at in range(800)])
    assert found.value == pytest.approx(bend * (200 + 799))
    assert found.minutes == pytest.approx(799 / 60)


def test_the_interval_leaves_out_as_many_pairs_of_blocks_as_kendalls_tau_says():
    """Of 190 pairs: 1.96 standard errors are 60.4 pairs, the root of 20 x 19 x 45 / 18 each (Sen 1968)."""
    found = slope([[at, at**2] for at in range(800)])
    middles = [200 + 30 * block + 14.5 for block in range(20)]
    pairs = sorted(one + other for one, other in combinations(middles, 2))
    first = round((190 - 60.4) / 2)
    assert (found.low, found.high) == pytest.approx((pairs[first - 1], pairs[-first]))


def test_each_sample_is_in_one_of_twenty_blocks():
    """A jump lies between 100 of their 190 pairs. The middle of all is the fifth and the sixth lowest of those.

    Pairs 19 blocks of 30 s apart have the lowest slope (there is one), then those of 18 (two) and of 17 (three).
    """
    assert slope([[at, 510.0 * (at >= 500)] for at in range(800)]).value == pytest.approx(510 / (17 * 30))


def test_a_byte_per_minute_is_a_direction_as_well():
    assert slope(line(400, 1 / 60)).verdict == "grows"
    assert slope(line(400, -1 / 60)).verdict == "shrinks"
