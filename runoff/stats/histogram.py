# Run by the driver and by the report (Python 3.9 upward).
"""Latencies as histograms that can be merged, since percentiles cannot be averaged.

HdrHistogram (Gil Tene): logarithmic buckets, three significant digits from a microsecond to ten minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hdrh.histogram import HdrHistogram

LOWEST_NS, HIGHEST_NS, DIGITS = 1000, 600 * 10**9, 3
#: What the harness says of one load, besides its two lists of times. load: per cent of the capacity; None where the
#: rate was given in tasks per second.
FACTS = ("load", "capacity", "rate", "sent", "wall_ns")


def problem(reply: Any, asked: int) -> str | None:
    """Return why the latencies of ``asked`` loads in a reply are not valid; None when they are, or without loads."""
    if not asked:
        return "the reply reports latencies that were not asked for" if reply else None
    if not isinstance(reply, list) or not all(isinstance(part, dict) for part in reply):
        return "the reply's latencies are not a list of loads"
    if len(reply) != asked:
        return f"the reply has latencies at {len(reply)} loads, asked for {asked}"
    for part in reply:
        facts = {name: part.get(name) for name in FACTS if name != "load" or part.get(name) is not None}
        if any(type(value) not in (int, float) for value in facts.values()):
            return "the reply does not say at which rate its latencies were taken"
        for name in ("latencies_ns", "late_ns"):
            times = part.get(name)
            if not isinstance(times, list) or not all(type(time_ns) is int and time_ns >= 0 for time_ns in times):
                return f"the reply's {name} are not whole nanoseconds"
            if len(times) != part["sent"]:
                return f"{len(times)} of {part['sent']} requests have {name}"
    return None


def from_reply(part: dict[str, Any]) -> dict[str, Any]:
    """Return one load as a record keeps it: its two lists of times as encoded histograms."""
    times = {name.removesuffix("_ns"): _encoded(part[name]) for name in ("latencies_ns", "late_ns")}
    return {**{name: part[name] for name in FACTS}, **times}


def merged(encoded: Iterable[str]) -> HdrHistogram:
    """Merge the histograms in ``encoded`` into one."""
    total = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for each in encoded:
        total.decode_and_add(each)
    return total


def _encoded(times_ns: list[int]) -> str:
    histogram = HdrHistogram(LOWEST_NS, HIGHEST_NS, DIGITS)
    for time_ns in times_ns:
        histogram.record_value(min(max(time_ns, LOWEST_NS), HIGHEST_NS))
    return str(histogram.encode().decode("ascii"))
