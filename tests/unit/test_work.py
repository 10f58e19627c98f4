"""How much one task computes: as calibrated, or as much as its wait asks for."""

from __future__ import annotations

import pytest

from runoff.driver.measuring_pass import MeasuringPass


@pytest.mark.parametrize(
    ("parameters", "rounds"),
    [
        ({}, 6500),
        ({"delay_ms": 10}, 6500),
        ({"delay_ms": 10, "cpu_share": 0.5}, 10_000),  # ten milliseconds of computing beside ten of waiting
        ({"delay_ms": 30, "cpu_share": 0.25}, 10_000),
        ({"delay_ms": 0, "cpu_share": 0.5}, 1),
    ],
)
def test_the_share_of_computing_is_of_the_whole_task(parameters, rounds):
    measuring = object.__new__(MeasuringPass)
    measuring.header = {"work": {"python": 6500}, "work_ms": {"python": 6.5}}
    assert measuring._rounds("python", parameters) == pytest.approx(rounds, abs=1)
