# Run by pytest (Python 3.9 upward). Starts real invocations, a server that is stopped, and a clock that lies.
"""What `nox -s calibrate` measures for real, in small."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runoff.validation import real_runs
from runoff.validation.real_runs import Bench
from runoff.validation.simulated_runs import Count


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with real_runs.baseline() as made:
        yield made


def test_a_clock_that_lies_is_caught(bench: Bench) -> None:
    assert real_runs.lying_clocks_caught(bench, 2) == Count(2, 2)


def test_equal_pairs_have_the_iterations_of_as_many_invocations_on_each_side(bench: Bench) -> None:
    heard: list[int] = []
    pairs = real_runs.equal_pairs(bench, 2, 2, heard.append)
    assert heard == [1, 2]
    assert [[len(side) for side in sides] for sides in pairs] == [[2, 2]] * 2
    assert all(len(times) >= 7 for sides in pairs for side in sides for times in side)


def test_some_cells_are_measured_block_by_block_with_their_pace(bench: Bench) -> None:
    made = real_runs.some_cells(bench, 2, lambda blocks: None)
    assert [each["block"] for each in made] == [0] * len(real_runs.SOME_CELLS) + [1] * len(real_runs.SOME_CELLS)
    assert all(len(each["paces_ns"] or ()) == len(each["iterations_ns"] or ()) + 1 for each in made)


def test_an_open_loop_is_driven_alone_and_with_a_stall(bench: Bench) -> None:
    alone, stalled = real_runs.stall_seen(bench, 4.0)
    assert {"p50", "late", "samples"} <= set(alone) & set(stalled)
    assert min(alone["samples"], stalled["samples"]) > 20
