"""How many loops a script of pyperf should make, of which a call sets something up besides."""

from __future__ import annotations

import pytest

from harness import repeated_calls


@pytest.mark.parametrize(
    ("call_ms", "own_ms", "loops", "wanted"),
    [(30, 10, 1, 200), (30, 10, 2, 400), (10.05, 10, 1, 1), (10.1, 10, 1, 1), (10.15, 10, 1, 2), (9, 10, 1, 1)],
)
def test_so_many_loops_leave_a_hundredth_for_what_a_call_sets_up(call_ms, own_ms, loops, wanted):
    assert repeated_calls.loops_to_make(call_ms * 1e6 - 1, own_ms / 1e3, loops) == wanted
