# Run by the report (Python 3.9 upward): pure functions.
"""Say how an interpreter was built, and where two builds of one line differ in what makes them fast."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any, Optional

from runoff.common.loose import Data
from runoff.records.schema import Facts

#: How one interpreter compares with another, in words; None where nobody knows.
Faster = Callable[[str, str], Optional[str]]

UNKNOWN = "unknown"
#: What makes a build faster, by the probe's name for it.
OPTIMISED = {"pgo": "PGO", "lto": "LTO"}
#: What makes a build slower, and is meant for those who work on the interpreter.
CHECKED = {"assertions": "assertions", "debug": "debug"}


def build_of(facts: Facts) -> Data:
    """Return what the probe found of the build; nothing where the run is older than that question."""
    found = facts.get("build")
    return found if isinstance(found, dict) else {}


def in_words(facts: Facts) -> str:
    """Describe a build as text: GCC 12.2.0, PGO, no LTO. What is not known is called unknown."""
    build = build_of(facts)
    words = [str(build.get("compiler") or facts.get("compiler") or "compiler unknown")]
    for name, word in OPTIMISED.items():
        has = build.get(name)
        words.append(f"{word} {UNKNOWN}" if has is None else word if has else f"no {word}")
    return ", ".join([*words, *(word for name, word in CHECKED.items() if build.get(name))])


def differing(interpreters: dict[str, Facts], faster: Faster) -> list[str]:
    """Return a sentence for every two builds of one line that differ in PGO or LTO.

    ``faster`` says how many times as fast the first of two is, or None where that was not measured.
    """
    lines: dict[tuple[Any, ...], list[str]] = {}
    for label, facts in interpreters.items():
        key = (facts.get("implementation"), facts.get("python"), bool(facts.get("free_threaded")))
        lines.setdefault(key, []).append(label)
    pairs = [pair for labels in lines.values() for pair in combinations(labels, 2)]
    return [said for one, other in pairs if (said := _apart(interpreters, one, other, faster))]


def _apart(interpreters: dict[str, Facts], one: str, other: str, faster: Faster) -> str | None:
    """Say what one of two builds has and the other lacks; None where nothing is known to differ."""
    builds = build_of(interpreters[one]), build_of(interpreters[other])
    lacks: dict[str, list[str]] = {}
    for name, word in OPTIMISED.items():
        has = [build.get(name) for build in builds]
        if has in ([True, False], [False, True]):
            lacks.setdefault(one if has[1] else other, []).append(word)
    if not lacks:
        return None
    differing = "; ".join(
        f"{label} was built without {' and '.join(words)}, {other if label == one else one} with"
        for label, words in lacks.items()
    )
    measured = faster(one, other)
    return f"{differing}{f'; {measured}' if measured else ''}: compare builds that you would deploy"
