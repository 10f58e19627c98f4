"""The verdicts of pyperf's command are counted, of one pair as of many."""

from __future__ import annotations

import pytest

from runoff.validation import pyperf_verdicts

SLOW, FAST = ([[0, 2_000_000, 2_000_100]] * 3, [[0, 1_000_000, 1_000_100]] * 3)


@pytest.mark.parametrize(
    ("pairs", "different"), [([(SLOW, FAST)], 1), ([(SLOW, SLOW)], 0), ([(SLOW, FAST), (FAST, FAST)], 1)]
)
def test_the_pairs_that_pyperf_calls_different_are_counted(tmp_path, pairs, different):
    count = pyperf_verdicts.called_different(pairs, tmp_path)
    assert (count.hits, count.trials) == (different, len(pairs))
