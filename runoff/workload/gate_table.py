# Run by the driver (Python 3.9 upward).
"""The gate's table as lines of text: one row a check and interpreter, each with its time and reason."""

from __future__ import annotations

import textwrap
from dataclasses import asdict

from runoff.records import rough_times
from runoff.workload.gate import GateOutcome, Verdict

WIDTH = 80


def lines(outcome: GateOutcome) -> list[str]:
    """Return the whole table, then a few lines on each interpreter."""
    notes = []
    if outcome.varies:
        notes.append(f"The baseline's answers vary {outcome.varies}: only types and shapes are compared.")
    if outcome.cached:
        notes.append(f"What is measured may be a cache ({outcome.cached}).")
    said = [line for verdict in outcome.verdicts for line in (_sentence(verdict), *_times(verdict))]
    return [*_table(outcome.verdicts), "", *notes, *said]


def _table(verdicts: list[Verdict]) -> list[str]:
    found = []
    for verdict in verdicts:
        for row in verdict.rows:
            mark = "ok" if row.ok else "FAILED"
            found.append(
                f"{verdict.label:<18} {row.check:<24} {mark:<7}{row.seconds:7.2f} s  {row.reason or ''}".rstrip()
            )
            found += [f"    {line}" for line in (row.traceback or "").splitlines()]
    return found


def _sentence(verdict: Verdict) -> str:
    if not verdict.failed:
        return f"{verdict.label}: runs"
    checks = ", ".join(row.check for row in verdict.failed)
    return f"{verdict.label}: failed {checks}: {verdict.failed[0].first_line}"


def _times(verdict: Verdict) -> list[str]:
    """Return what its calls showed, where they were timed."""
    if verdict.times is None:
        return []
    words = rough_times.in_words(asdict(verdict.times))
    return textwrap.wrap(words, WIDTH, initial_indent="  ", subsequent_indent="  ")
