"""The verdict on each kind of expectation, with intervals inside, across and outside of its limit."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest

from runoff.analysis.claims import check
from runoff.analysis.claims.expectations import EXPECT
from runoff.analysis.claims.limits import Limit
from runoff.analysis.claims.parts import FAILS, HOLDS, OPEN, CheckedPart, check_limit
from runoff.stats import significance
from runoff.stats.intervals import Estimate, t_quantile
from runoff.stats.significance import Comparison

CORES = 4  # "much faster" is 1 + 0.5 * 3 = 2.5 times or more
MANY = 1e6  # degrees of freedom
TABLE = [
    ("faster", 1.1, 1.3, HOLDS),
    ("faster", 0.9, 1.1, OPEN),
    ("faster", 0.98, 1.02, FAILS),
    ("faster", 0.7, 0.9, FAILS),
    ("not faster", 0.7, 0.9, HOLDS),
    ("not faster", 0.9, 1.04, HOLDS),
    ("not faster", 0.9, 1.06, OPEN),
    ("not faster", 1.1, 1.3, FAILS),
    ("much faster", 2.51, 3.0, HOLDS),
    ("much faster", 2.3, 2.6, OPEN),
    ("much faster", 2.4, 2.8, OPEN),
    ("much faster", 1.5, 2.49, FAILS),
    ("about", 0.81, 1.24, HOLDS),
    ("about", 0.79, 1.2, OPEN),
    ("about", 1.2, 1.26, OPEN),
    ("about", 1.26, 1.5, FAILS),
    ("about", 0.5, 0.79, FAILS),
    ("faster, the other fails", 1.1, 1.3, HOLDS),
    ("faster, the other fails", 0.9, 1.1, OPEN),
]


def comparison(low: float, high: float) -> Comparison:
    """Return a comparison whose interval is from ``low`` to ``high``."""
    middle, half = math.log(low * high) / 2, math.log(high / low) / 2
    made = Comparison(middle, half / t_quantile(0.975, MANY), 0.01, MANY, 10)
    assert (made.ratio.low, made.ratio.high) == pytest.approx((low, high), rel=1e-4)
    return made


def verdict(expect: str, compared: Comparison, failures: dict[str, int]) -> str:
    found = CheckedPart(SimpleNamespace(expect=expect), below=SimpleNamespace(failures=failures), comparison=compared)
    return EXPECT[expect](found, significance.verdict(compared), CORES)


@pytest.mark.parametrize(("expect", "low", "high", "wanted"), TABLE)
def test_an_interval_inside_across_and_outside_of_the_limit(expect, low, high, wanted):
    assert verdict(expect, comparison(low, high), {"EMFILE": 3}) == wanted


def test_every_expectation_is_in_the_table():
    assert {row[0] for row in TABLE} == set(EXPECT)


@pytest.mark.parametrize("expect", EXPECT)
def test_one_invocation_decides_nothing(expect):
    assert verdict(expect, Comparison(math.log(3), None, 0.0, 0, 1), {"EMFILE": 3}) == OPEN


ABOVE, BELOW = (True, False), (False, True)


@pytest.mark.parametrize(
    ("expect", "low", "high", "above", "below"),
    [
        ("faster", 1.1, 1.3, HOLDS, OPEN),
        ("faster", 0.7, 0.9, OPEN, FAILS),
        ("faster", 0.98, 1.02, OPEN, OPEN),
        ("not faster", 0.8, 0.95, OPEN, HOLDS),
        ("not faster", 1.1, 1.3, FAILS, OPEN),
        ("much faster", 2.51, 3.0, HOLDS, OPEN),
        ("much faster", 1.5, 2.49, OPEN, FAILS),
        ("about", 0.81, 1.24, OPEN, OPEN),
        ("about", 1.26, 1.5, FAILS, OPEN),
        ("about", 0.5, 0.79, OPEN, FAILS),
        ("faster, the other fails", 1.1, 1.3, HOLDS, OPEN),
    ],
)
def test_what_was_still_warming_up_decides_what_becoming_faster_cannot_overturn(expect, low, high, above, below):
    """``above``, ``below``: the verdict where that side was still warming up."""
    failures = {"EMFILE": 3}
    assert verdict(expect, replace(comparison(low, high), warming=ABOVE), failures) == above
    assert verdict(expect, replace(comparison(low, high), warming=BELOW), failures) == below
    assert verdict(expect, replace(comparison(low, high), warming=(True, True)), failures) == OPEN


def test_a_claim_that_hangs_on_a_lower_bound_says_so():
    part = SimpleNamespace(expect="about", says="threads over serial")
    for warming, why in ((ABOVE, "what was still warming up may become faster"), ((False, False), "the interval")):
        found = CheckedPart(part, comparison=replace(comparison(0.9, 1.1), warming=warming))
        assert check._why(SimpleNamespace(why={}), [found], OPEN, set()).startswith(f"threads over serial: {why}")


def test_a_failure_that_did_not_come_refutes_the_claim_however_fast_the_threads_were():
    assert verdict("faster, the other fails", comparison(1.1, 1.3), {}) == FAILS


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (Estimate(8, 7, 10), HOLDS),
        (Estimate(9, 8, 10.1), OPEN),
        (Estimate(11, 10, 12), OPEN),
        (Estimate(11, 10.1, 12), FAILS),
        (Estimate(5, None, None), OPEN),
    ],
)
def test_a_limit_is_kept_broken_or_not_known(monkeypatch, number, wanted):
    monkeypatch.setattr(Limit, "worst", lambda _limit, cells: (cells[0], number))
    cell = SimpleNamespace(interpreter="one")
    assert check_limit(Limit("the gap", "gap", 10.0), [cell], [cell], "one").verdict == wanted


@pytest.mark.parametrize(
    ("verdicts", "wanted"),
    [([HOLDS, HOLDS], HOLDS), ([HOLDS, OPEN], OPEN), ([OPEN, FAILS], FAILS), ([HOLDS, FAILS], FAILS), ([], OPEN)],
)
def test_a_claim_holds_where_all_its_parts_do_and_fails_where_one_does(verdicts, wanted):
    assert check._together([SimpleNamespace(verdict=each) for each in verdicts]) == wanted
