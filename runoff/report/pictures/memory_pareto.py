# Run by the report (Python 3.9 upward).
"""Tasks per second against the memory of the process tree, with the Pareto front."""

from __future__ import annotations

import altair as alt

from runoff.analysis.cells.cell import FOR_CURVES
from runoff.analysis.decision.inputs import FIRST
from runoff.analysis.measured_cells import of_main_works
from runoff.analysis.sweep_lines import by
from runoff.common.wording import short
from runoff.records.record import OVERHEAD
from runoff.report.pictures.drawing import LOG, Drawing, Picture, Rows, clipped, drawn_if, facets, names, tip

COST_TASKS = (OVERHEAD, "payload", *FOR_CURVES)  # they measure what a scenario costs, not useful throughput


def draw(drawing: Drawing) -> Picture | None:
    """Draw throughput against memory; return None without a task of two measured points."""
    rows = _rows(drawing)
    if not rows:
        return None
    base = alt.Chart().encode(
        x=alt.X("mib:Q", title="peak memory of the process tree in MiB", scale=LOG),
        y=alt.Y("value:Q", title="tasks per second", scale=LOG),
    )
    front = base.transform_filter("datum.front")
    layers = alt.layer(
        front.mark_line(interpolate="step-after", strokeDash=[4, 3], opacity=0.8, color="gray"),
        *drawn_if(rows, base.mark_rule(opacity=0.5).encode(y="low:Q", y2="high:Q", color=drawing.colour())),
        base.mark_point(filled=True, size=55, opacity=0.9).encode(
            color=drawing.colour(),
            shape=drawing.shape(),
            tooltip=tip("interpreter", "scenario", "mib", "value", "low", "high"),
        ),
        *(  # the fastest above its point, the smallest below, to the side with more room
            base.mark_text(align=align, dx=shift, dy=lift, fontSize=10, limit=170).encode(
                text=alt.condition(f"datum.named == '{end} {side}'", "scenario:N", alt.value("")),
                color=drawing.colour(),
            )
            for end, lift in (("fastest", -10), ("smallest", 11))
            for side, align, shift in (("left", "left", -4), ("right", "right", 4))
        ),
    )
    layers = facets(layers, rows, alt.Facet("task:N", title=None, sort=names(rows, "task")), 2)
    return Picture(
        "memory",
        "Throughput against memory",
        _finding(rows),
        "Every scenario of every interpreter: up is faster, left is smaller. The dashed line is the front: what lies "
        "below and right of it is beaten in both by something on it. Its two ends are named.",
        layers.resolve_scale(y="independent"),
        rows,
        coloured=True,
    )


def _rows(drawing: Drawing) -> Rows:
    """Return a point for each cell of a task that has several; those at the ends of the front are named."""
    rows: Rows = []
    for task, cells in by(lambda cell: cell.task, of_main_works([c for c in drawing.cells if c.ranked])).items():
        own = [cell for cell in cells if not cell.runs_elsewhere and task not in COST_TASKS]
        points = [
            {
                "task": task,
                "interpreter": cell.interpreter,
                "scenario": cell.name,
                "mib": cell.peak_memory_bytes / 2**20,
                **clipped(cell.throughput),
            }
            for cell in own
            if cell.peak_memory_bytes
        ]
        if len(points) > 1:
            _mark_front(points)
            rows += points
    sizes = [row["mib"] for row in rows]
    middle = min(sizes) * max(sizes) if sizes else 0.0
    for row in rows:
        row["named"] = f"{row.pop('end')} {'left' if row['mib'] ** 2 < middle else 'right'}" if "end" in row else ""
    return rows


def _mark_front(points: Rows) -> None:
    """Mark the points that none of the others beats in both, and the two ends of that front."""
    for point in points:
        point["front"] = not any(
            (other["mib"] < point["mib"] and other["value"] >= point["value"])
            or (other["mib"] <= point["mib"] and other["value"] > point["value"])
            for other in points
        )
    front = [point for point in points if point["front"]]
    # The ends alone are named: more names would cover each other.
    min(front, key=lambda point: point["mib"])["end"] = "smallest"
    max(front, key=lambda point: point["value"])["end"] = "fastest"


def _finding(rows: Rows) -> str:
    """Describe the two ends of the front, for the task that the decision begins with."""
    fronts = by(lambda row: row["task"], [row for row in rows if row["front"]])
    task = next((name for name in FIRST if name in fronts), next(iter(fronts)))
    small = min(fronts[task], key=lambda row: row["mib"])
    fast = max(fronts[task], key=lambda row: row["value"])
    best = (
        f"{fast['scenario']} on {fast['interpreter']} gives {short(fast['value'])} tasks/s in {short(fast['mib'])} MiB"
    )
    if small is fast:
        return f"On {task} {best}: nothing else is faster or smaller."
    return (
        f"On {task} {best}; the smallest worth having is {small['scenario']} on {small['interpreter']}, "
        f"{short(small['value'])} tasks/s in {short(small['mib'])} MiB."
    )
