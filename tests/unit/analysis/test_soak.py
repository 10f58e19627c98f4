"""The growth of memory over a soak."""

from __future__ import annotations

import pytest

from runoff.analysis import soak
from runoff.analysis.cells.gathering import gather
from tests.helpers.exact_runs import cell, measured, run_of


def growths(tmp_path, *records):
    return soak.of_cells(gather(run_of(tmp_path, [cell()], records)))


def test_growth_is_told_by_the_thousand_tasks(tmp_path):
    """10 tasks a second; 1 MiB in 100 s."""
    series = [[at, 2**20 * at / 100] for at in range(601)]
    (found,) = growths(tmp_path, *measured(cell(), 1.0, memory_series=series, checked=6000))
    assert (found.tasks, found.peak_bytes) == (6000, 10 * 2**20)
    assert found.bytes_per_1000 == pytest.approx(2**20)


def test_a_fraction_of_a_byte_is_told_and_the_last_invocation_counts(tmp_path):
    first, last = ([[at, bytes_ * at / 100] for at in range(601)] for bytes_ in (9e6, 100.55))
    records = measured(cell(), 1.0, 1.0, checked=6000)
    (found,) = growths(tmp_path, *({**each, "memory_series": of} for each, of in zip(records, (first, last))))
    assert found.bytes_per_1000 == pytest.approx(100.55)


def test_too_short_a_soak_has_no_slope(tmp_path):
    short = measured(cell(), 1.0, memory_series=[[0, 1], [1, 2]], checked=60, peak_memory_bytes=None)
    (found,) = growths(tmp_path, *short)
    assert (found.tasks, found.peak_bytes, found.slope, found.bytes_per_1000) == (60, 0, None, None)


def test_a_cell_that_did_not_soak_has_no_growth(tmp_path):
    assert growths(tmp_path, *measured(cell(), 1.0)) == []
