# Run by the driver (Python 3.9 upward).
"""Compare the answers of one interpreter with the baseline's: plain functions on JSON values."""

from __future__ import annotations

import json
import math
from typing import Any

from runoff.common.loose import Data

#: Relative: a sum in another order, or another library of mathematics, differs by less.
TOLERANCE = 1e-9
EQUAL = f"equal (floats within {TOLERANCE:g} of their size)"
TOO_DEEP = "it differs, and is nested too deep to say where"


def first_difference(expected: list[Any], got: list[Any], shapes_only: bool) -> str | None:
    """Return where ``got`` differs first, or None; compare types and structure alone where ``shapes_only``."""
    for number, (wanted, answer) in enumerate(zip(expected, got), 1):
        try:
            same = json.dumps(wanted, sort_keys=True) == json.dumps(answer, sort_keys=True)
            difference = None if same else _difference(wanted, answer, "", shapes_only)
        except RecursionError:
            difference = TOO_DEEP
        if difference:
            return f"input {number}: {difference}"
    return None


def _difference(wanted: Any, answer: Any, where: str, shapes_only: bool) -> str | None:
    place = f"at {where}, " if where else ""
    if isinstance(wanted, dict) and isinstance(answer, dict):
        if set(wanted) != set(answer):
            if shapes_only and not _is_tag(wanted) and not _is_tag(answer):  # keys may vary as well
                return _unlike(list(wanted.values()), list(answer.values()), where, place)
            return f"{place}keys {_short(sorted(answer))} instead of {_short(sorted(wanted))}"
        keys = sorted(wanted)
        return _first(((wanted[key], answer[key], f"{where}.{key}") for key in keys), shapes_only)
    if isinstance(wanted, list) and isinstance(answer, list):
        if len(wanted) != len(answer) and not shapes_only:
            return f"{place}{len(answer)} items instead of {len(wanted)}"
        pairs = zip(wanted, answer)
        difference = _first(((a, b, f"{where}[{index}]") for index, (a, b) in enumerate(pairs)), shapes_only)
        if difference and sorted(map(repr, wanted)) == sorted(map(repr, answer)):
            return f"{difference}: the same items in another order, as of a set or a dictionary"
        return difference
    if type(wanted) is not type(answer):
        return (
            f"{place}{_short(answer)} ({type(answer).__name__}) instead of {_short(wanted)} ({type(wanted).__name__})"
        )
    if shapes_only or wanted == answer:
        return None
    if isinstance(wanted, float) and math.isclose(wanted, answer, rel_tol=TOLERANCE):
        return None
    return f"{place}{_short(answer)} instead of {_short(wanted)}"


def _is_tag(value: Data) -> bool:
    """Return whether an object may be what stands for a type that JSON lacks."""
    return len(value) == 1 and next(iter(value)).startswith("$")


def _unlike(wanted: list[Any], values: list[Any], where: str, place: str) -> str | None:
    """Return which of ``values`` is like none of ``wanted``, which may be empty; None where there is none."""
    for value in values:
        if wanted and all(_difference(each, value, where, shapes_only=True) for each in wanted):
            return f"{place}a value {_short(value)} that is like none of {_short(wanted)}"
    return None


def _first(triples: Any, shapes_only: bool) -> str | None:
    for wanted, answer, where in triples:
        difference = _difference(wanted, answer, where, shapes_only)
        if difference:
            return difference
    return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
