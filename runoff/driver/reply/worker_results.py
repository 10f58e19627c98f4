# Run by the driver (Python 3.9 upward).
"""The part of a reply about workers behind a transport: how evenly they answered, and what came of killing them."""

from __future__ import annotations

import math
from typing import Any

from runoff.common.loose import Data

COUNTS = ("tasks", "lost", "twice", "resent", "killed_bin")
#: Every field of ``kills``; results/README.md has a line on each.
FIELDS = ("killed", "rate", "gaps_ns", "tasks", "lost", "twice", "resent", "bin_ns", "timeline", "killed_bin")


def problem(answers: Any, most: int) -> str | None:
    """Return why the answers per worker are not valid; None when they are, or when there are none."""
    if answers is None:
        return None
    if not _whole(answers) or answers != sorted(answers, reverse=True):
        return "the reply's answers per worker are not whole numbers, busiest first"
    if sum(answers) > most:
        return f"its workers gave {sum(answers)} answers to {most} tasks"
    return None


def kills_problem(kills: Any, asked: int) -> str | None:
    """Return why the results of ``asked`` kills are not valid; None when they are, or without kills."""
    if not asked:
        return None if kills is None else "the reply reports kills that were not asked for"
    if not isinstance(kills, dict):
        return f"the reply does not report the {asked} kills that were asked for"
    gaps, lines = kills.get("gaps_ns"), kills.get("timeline")
    if not _whole(gaps, 1) or len(gaps or ()) != asked or kills.get("killed") != asked:
        return f"the reply does not have the gaps of {asked} kills, in whole nanoseconds above 0"
    if not _whole([kills.get(name) for name in COUNTS]) or not _whole([kills.get("bin_ns")], 1):
        return "the reply does not count what came of its kills"
    if type(kills.get("rate")) not in (int, float) or not 0 < kills["rate"] < math.inf:
        return "the reply does not say at which rate tasks came while it killed"
    if kills["lost"] > kills["tasks"]:
        return f"the reply has lost {kills['lost']} of {kills['tasks']} tasks"
    if not isinstance(lines, list) or len(lines) != asked or not all(_whole(line) for line in lines):
        return f"the reply does not have the timelines of {asked} kills"
    if len({len(line) for line in lines}) != 1 or not kills["killed_bin"] < len(lines[0]):
        return "the timelines of its kills have different lengths, or end before the kill"
    return None


def from_reply(kills: Data | None) -> Data | None:
    """Return the fields that a record keeps."""
    return {name: kills[name] for name in FIELDS} if kills else None


def _whole(values: Any, least: int = 0) -> bool:
    return isinstance(values, list) and all(type(value) is int and value >= least for value in values)
