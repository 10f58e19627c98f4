"""What invoke makes of a reply: both sides of the tolerance between its clocks."""

from __future__ import annotations

import pytest

from runoff.driver import invoke

S = 10**9


@pytest.mark.parametrize("wall_ns", [0, S // 10, 2 * S, 10 * S])
@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_may_be_apart_by_a_hundredth_or_twenty_milliseconds_and_no_more(wall_ns, sign):
    tolerance = max(wall_ns // 100, 20_000_000)
    within = {"name": "x", "elapsed_ns": wall_ns + sign * tolerance, "wall_ns": wall_ns}
    beyond = {**within, "elapsed_ns": wall_ns + sign * (tolerance + 1)}
    assert invoke._clocks_disagree(within) is None
    assert "its clocks disagree" in invoke._clocks_disagree(beyond)


@pytest.mark.parametrize("clock", [None, {}, {"elapsed_ns": 1}, {"elapsed_ns": "1", "wall_ns": 1}])
def test_a_clock_that_is_not_told_is_not_believed(clock):
    assert "does not say how long it took" in invoke._clocks_disagree(clock)
