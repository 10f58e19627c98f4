# Run by the report (Python 3.9 upward).
"""What a part of a claim may expect of a ratio, each a function of (found, verdict, cores)."""

from __future__ import annotations

import math
from collections.abc import Callable

from runoff.analysis.claims.parts import FAILS, HOLDS, OPEN, CheckedPart
from runoff.stats import significance

ABOUT = 1.25  # "about as long": the whole interval within this factor of 1, both ways
MUCH = 0.5  # "much": at least this share of what the cores can give beyond one


def _faster(found: CheckedPart, verdict: str, cores: int) -> str:
    if significance.says_faster(verdict):
        return HOLDS
    return FAILS if significance.says_slower(verdict) or verdict == significance.SAME else OPEN


def _not_faster(found: CheckedPart, verdict: str, cores: int) -> str:
    if significance.says_faster(verdict):
        return FAILS
    return HOLDS if _range(found)[1] <= 1 + significance.EQUIVALENT else OPEN


def _much_faster(found: CheckedPart, verdict: str, cores: int) -> str:
    low, high = _range(found)
    threshold = 1 + MUCH * (cores - 1)
    return HOLDS if low >= threshold else FAILS if high < threshold else OPEN


def _about(found: CheckedPart, verdict: str, cores: int) -> str:
    low, high = _range(found)
    if low >= 1 / ABOUT and high <= ABOUT:
        return HOLDS
    return FAILS if low > ABOUT or high < 1 / ABOUT else OPEN


def _range(found: CheckedPart) -> tuple[float, float]:
    """Return the ends between which the ratio lies.

    A speed that is a lower bound leaves one end open: ``above`` the upper one, ``below`` the lower one. One invocation
    leaves both open.
    """
    assert found.comparison is not None
    ratio, (above_warming, below_warming) = found.comparison.ratio, found.comparison.warming
    low = 0.0 if below_warming or ratio.low is None else ratio.low
    return low, math.inf if above_warming or ratio.high is None else ratio.high


def _faster_and_failing(found: CheckedPart, verdict: str, cores: int) -> str:
    assert found.below is not None
    # It claims both: where every request was answered it is refuted, however fast the threads were.
    return _faster(found, verdict, cores) if found.below.failures else FAILS


EXPECT: dict[str, Callable[[CheckedPart, str, int], str]] = {
    "faster": _faster,
    "faster, the other fails": _faster_and_failing,
    "not faster": _not_faster,
    "much faster": _much_faster,
    "about": _about,
}
