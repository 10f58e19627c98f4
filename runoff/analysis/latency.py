# Run by the report (Python 3.9 upward).
"""Percentiles of cells driven by an open loop: histograms merged over invocations, and only what the sample carries."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hdrh.histogram import HdrHistogram

from runoff.analysis.cells.cell import Cell
from runoff.common.loose import Data
from runoff.records.schema import Load
from runoff.stats import histogram

PERCENTILES = (50.0, 90.0, 99.0, 99.9)
CARRIED = 10  # samples beyond a percentile, at least, before it is printed: p needs 10 / (1 - p)
VOID = 0.1  # of the p99 measured: a generator that was later than this measured itself
Z95 = 1.96  # standard deviations that hold 95 %
LATE = 99.0  # the percentile of its lateness that counts


@dataclass(frozen=True)
class Latency:
    """One cell at one load, over all its invocations that count; ``load`` is in words."""

    load: str
    rate: float
    invocations: int
    void: int
    count: int
    #: {percentile: milliseconds}, without those that the sample does not carry
    percentiles_ms: dict[float, float]
    max_ms: float
    late_ms: float


def of_cell(cell: Cell) -> list[Latency]:
    """Return one row per load; invocations with a late generator are counted as void and left out."""
    loads: dict[str, list[Load]] = {}
    for each in cell.invocations:
        for part in sorted(each["latency"] or (), key=lambda part: float(part["rate"])):
            loads.setdefault(load_text(part), []).append(part)
    return [_at(load, parts) for load, parts in loads.items()]


def load_text(part: Load) -> str:
    """Describe a load: 70 % load; or 500 tasks/s where a rate was given and no share of the capacity."""
    return f"{part['rate']:.0f} tasks/s" if part["load"] is None else f"{part['load']:g} % load"


def _at(load: str, parts: list[Load]) -> Latency:
    kept = [part for part in parts if not is_void(part)]
    times = histogram.merged(part["latencies"] for part in kept or parts)
    late = histogram.merged(part["late"] for part in kept or parts)
    count = times.get_total_count() if kept else 0
    shown = {share: times.get_value_at_percentile(share) / 1e6 for share in PERCENTILES if carries(count, share)}
    rate = sum(part["rate"] for part in parts) / len(parts)
    late_ms = late.get_value_at_percentile(LATE) / 1e6
    worst_ms = times.get_max_value() / 1e6
    return Latency(load, rate, len(parts), len(parts) - len(kept), count, shown, worst_ms, late_ms)


def in_words(row: Latency) -> Data:
    """Return ``row`` as plain data, in milliseconds by the name of the percentile.

    A percentile that the sample does not carry is None; the worst one is missing where every invocation was void.
    """
    shares = {f"p{share:g}": row.percentiles_ms.get(share) for share in PERCENTILES}
    worst = row.max_ms if row.count else None
    counts = {"samples": row.count, "void": row.void, "invocations": row.invocations}
    return {"load": row.load, "rate": row.rate, **shares, "max": worst, "late": row.late_ms, **counts}


def is_void(part: Load) -> bool:
    """Return whether the generator could not keep its schedule in this invocation at this load."""
    late = histogram.merged([part["late"]]).get_value_at_percentile(LATE)
    return bool(late > VOID * histogram.merged([part["latencies"]]).get_value_at_percentile(99.0))


def carries(count: int, share: float) -> bool:
    """Return whether ``count`` samples are enough for the percentile ``share``."""
    return count * (100 - share) / 100 >= CARRIED - 1e-9


def interval_ms(times: HdrHistogram, share: float) -> tuple[float, float]:
    """Return the 95 % interval of a percentile in milliseconds, by order statistics.

    How many of the samples lie below it is binomial, whatever their distribution is (Hahn and Meeker, Statistical
    Intervals, 5.2). Samples are taken as independent: where a stall delays many together the interval is too narrow.
    """
    count = times.get_total_count()
    spread = 100 * Z95 * math.sqrt(share / 100 * (1 - share / 100) / count)
    low, high = (times.get_value_at_percentile(share + side * spread) / 1e6 for side in (-1, 1))
    return low, high
