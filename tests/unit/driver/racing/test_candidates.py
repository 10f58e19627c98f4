"""What a candidate may reach and how well it is known, on throughputs that the test gives."""

from __future__ import annotations

import pytest

from runoff.driver.racing.candidates import Candidate, Seen
from runoff.stats.moderated import Prior
from tests.fakes.raced_cells import SERIAL, SERIAL_IO


def test_a_single_start_may_be_as_unlucky_as_a_whole_start_and_no_more_where_its_kind_is_quiet():
    once = Candidate(((Seen(SERIAL["a"], [100]), 1.0),))
    assert once.luck({("python", "serial"): Prior(1e-6, 1e6)}, 0.006) == pytest.approx(1.6)
    few = Candidate(((Seen(SERIAL["a"], [100, 100, 100, 100]), 1.0),))
    assert few.luck({("python", "serial"): Prior(1e-6, 1e6)}, 0.006) == pytest.approx(1.6**0.25), "one of four was"


@pytest.mark.parametrize(
    ("seen", "unconfirmed"),
    [
        (Seen(SERIAL["a"], [100], invocations=1), False),
        (Seen(SERIAL["a"], [100], invocations=2), True),
        (Seen(SERIAL["a"], [100], invocations=5), False),
        (Seen(SERIAL["a"], [100], invocations=2, warming=True), False),
        (Seen(SERIAL["a"], [100, 114], invocations=2), False),
        (Seen(SERIAL["a"], [116, 100], invocations=4), True),
        (Seen(SERIAL["a"], [100, 116, 100], invocations=3), False),
    ],
    ids=["a first number", "a pilot", "it was tried", "a lower bound", "two alike", "two that differ", "three"],
)
def test_a_number_that_rests_on_a_pilot_or_on_two_unlike_starts_is_unconfirmed(seen, unconfirmed):
    assert seen.unconfirmed == unconfirmed


def test_an_error_that_the_cells_of_an_interpreter_share_does_not_even_out_between_them():
    alone = Candidate(((Seen(SERIAL["a"], [100, 110, 90], shared=0.01), 1.0),))
    halves = Seen(SERIAL["a"], [100, 110, 90], shared=0.01), Seen(SERIAL_IO["a"], [100, 110, 90], shared=0.01)
    both = Candidate(tuple((half, 0.5) for half in halves))
    assert both.level({}).shared == pytest.approx(alone.level({}).shared)
    own = alone.level({}).variance - 0.01
    assert both.level({}).variance == pytest.approx(0.01 + own / 2)
