# Run by the driver and by the report (Python 3.9 upward).
"""How a person's own function was to be measured, in lines: the ways that share a reason stand together."""

from __future__ import annotations

from runoff.common.loose import Table
from runoff.records.schema import HeaderWorkload


def lines(own: HeaderWorkload) -> list[str]:
    """Return a line for each reason of the plan, and one for each scenario that was left out."""
    by_reason: dict[str, list[str]] = {}
    for row in own["plan"]:
        by_reason.setdefault(row["reason"], []).append(_name(row))
    left_out = [f"not {each['scenario']}: {each['reason']}" for each in own["left_out"]]
    return [*(f"{', '.join(ways)}: {reason}" for reason, ways in by_reason.items()), *left_out]


def _name(row: Table) -> str:
    sizes = row.get("concurrency", [])
    within = [*(f"{size}" for size in sizes), *([row["transport"]] if "transport" in row else [])]
    within += [f"{row['worker_concurrency']} at once each"] if "worker_concurrency" in row else []
    return f"{row['scenarios'][0]}{'[' + ', '.join(within) + ']' if within else ''} x {row['batch']}"
