"""Slopes of a size over a long run."""

from __future__ import annotations

import random

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
