"""The Universal Scalability Law on data made from it, and what may not be fitted."""

from __future__ import annotations

import io
import math

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from runoff.analysis import scaling
from runoff.analysis.cells import Cell
from runoff.stats.steady_state import SETTLED, Steadiness

SIZES = (1, 2, 3, 4, 6, 8, 12, 16)


def made(
    contention: float, coherence: float, seed: int = 1, noise: float = 0.02, sizes=SIZES
) -> dict[int, list[float]]:
    chance = numpy.random.default_rng(seed)
    truth = {size: float(scaling._law(size, 100.0, contention, coherence)) for size in sizes}
    return {size: list(true * numpy.exp(noise * chance.standard_normal(5))) for size, true in truth.items()}


@settings(deadline=None, max_examples=4)
@given(st.floats(0, 0.3), st.floats(0, 0.005), st.integers(0, 1000))
def test_without_noise_the_fit_finds_what_was_planted(contention, coherence, seed):
    law = scaling.fit(made(contention, coherence, seed, noise=1e-6), cores=16)
    assert law.one == pytest.approx(100, rel=0.01)
    assert law.contention == pytest.approx(contention, abs=0.005)
    assert law.coherence == pytest.approx(coherence, abs=5e-4)
    assert law.residual < 0.005


def test_an_extrapolation_has_an_interval_that_holds_the_truth_and_widens():
    held = 0
    for seed in range(6):
        law = scaling.fit(made(0.03, 2e-4, seed), cores=16, seed=seed)
        near, far = law.at(32), law.at(1024)
        held += far.low <= float(scaling._law(1024, 100.0, 0.03, 2e-4)) <= far.high
        assert math.log(far.high / far.low) > math.log(near.high / near.low)
    assert held >= 5


def test_the_peak_is_where_more_begins_to_hurt():
    law = scaling.fit(made(0.05, 0.002), cores=16)
    assert law.peak == pytest.approx(math.sqrt(0.95 / 0.002), rel=0.2)


def test_fewer_than_six_sizes_on_real_cores_are_not_fitted():
    samples = made(0.05, 0.002)
    assert scaling.fit(samples, cores=8) is not None  # 1, 2, 3, 4, 6, 8
    assert scaling.fit(samples, cores=6) is None


def cell(scenario: str, seconds: float, **parameters) -> Cell:
    found = Cell("cpython-3.13", scenario, "python", 10, parameters, "ok")
    for extra in (0.99, 1.0, 1.01):
        found.invocations.append({"batch": found.batch, "iterations_ns": [int(seconds * extra * 1e9)] * 7})
        found.steadiness.append(Steadiness(SETTLED, 4))
    return found


def shown(cells: list[Cell], cores: int) -> str:
    stream = io.StringIO()
    for table in scaling.tables(cells, cores):
        Console(file=stream, width=200).print(table)
    return stream.getvalue()


def test_speed_up_is_told_against_serial_and_against_one_worker_and_oversubscription_is_marked():
    cells = [
        cell("serial", 1.0),
        cell("thread-pool", 1.25, concurrency=1),
        cell("thread-pool", 0.625, concurrency=2),
        cell("thread-pool", 0.625, concurrency=4),
    ]
    rows = [line.split() for line in shown(cells, 2).splitlines() if "thread-pool" in line]
    assert [row[3] for row in rows] == ["1", "2", "4*"]
    assert [row[5] for row in rows] == ["0.8", "1.6", "1.6"]
    assert [row[-2] for row in rows] == ["100", "100", "100"]  # per cent of the cores there are
    assert "2 [1.9" in " ".join(rows[1])


def test_a_law_that_was_fitted_is_shown_with_what_is_extrapolated():
    cells = [cell("thread-pool", 10 / values[0], concurrency=size) for size, values in made(0.05, 0.001).items()]
    text = shown(cells, 16)
    assert "Universal Scalability Law" in text
    assert "EXTRAPOLATED" in text
    assert "32 (extr.)" in text
    assert "16 (extr.)" not in text


def test_nothing_is_shown_where_only_one_size_was_measured():
    assert shown([cell("serial", 1.0), cell("thread-pool", 1.0, concurrency=2)], 2) == ""
