# Run by the report (Python 3.9 upward): pure functions.
"""Put interpreters in order: by implementation, then by version as numbers, so that 3.9 stands before 3.10."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runoff.records.schema import Facts


def ordered(interpreters: Mapping[str, Facts]) -> list[str]:
    """Return the labels of ``interpreters`` ({label: facts}) in the order in which they are shown everywhere."""
    return sorted(interpreters, key=lambda label: _key(label, interpreters[label]))


def _key(label: str, facts: Facts) -> tuple[Any, ...]:
    implementation = str(facts.get("implementation") or facts.get("family") or "").lower()
    free_threaded = bool(facts.get("free_threaded"))
    own = _numbers(facts.get("implementation_version"))
    return implementation, _numbers(facts.get("python")), free_threaded, own, _numbers(label), label


def _numbers(version: object) -> tuple[int, ...]:
    """Return 3, 14, 0 for 3.14.0rc1: the whole numbers of a version, without what comes after its last dot's."""
    return tuple(int(digits) for digits in re.findall(r"\d+", str(version or "")))
