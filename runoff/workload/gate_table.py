# Run by the driver (Python 3.9 upward).
"""The gate's table as lines of text: one row a check and interpreter, each with its time and reason."""

from __future__ import annotations

from runoff.common.wording import size
from runoff.workload.gate import GateOutcome, Verdict
from runoff.workload.plan_rows import in_words


def lines(outcome: GateOutcome) -> list[str]:
    """Return the whole table, then one sentence on each interpreter."""
    notes = []
    if outcome.varies:
        notes.append(f"The baseline's answers vary {outcome.varies}: only types and shapes are compared.")
    if outcome.cached:
        notes.append(f"What is measured may be a cache ({outcome.cached}).")
    return [*_table(outcome.verdicts), "", *notes, *map(_sentence, outcome.verdicts)]


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
        return f"{verdict.label}: runs{_length(verdict)}"
    checks = ", ".join(row.check for row in verdict.failed)
    reason = (verdict.failed[0].reason or "no reason given").splitlines()[0]
    return f"{verdict.label}: failed {checks}: {reason}{_length(verdict)}"


def _length(verdict: Verdict) -> str:
    """Return how long a call takes, where that was timed."""
    if verdict.times is None:
        return ""
    times = verdict.times
    threads = f", 8 threads {times.threads:.2g} times as fast" if times.threads is not None else ""
    grows = f"; it grows by {size(times.grows)} with each call" if times.grows else ""
    return f"; a call takes {in_words(times.call_s)}, {100 * times.cpu_share:.0f} % of it on a core{threads}{grows}"
