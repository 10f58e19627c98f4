# Run by the report (Python 3.9 upward).
"""The speed-up over one worker of the same scenario, with the ideal line."""

from __future__ import annotations

import altair as alt

from runoff.analysis.cells.comparing import compare
from runoff.analysis.sweep_lines import by, swept
from runoff.common.wording import short
from runoff.report.pictures.drawing import Drawing, Picture, Rows, clipped, computes, drawn_if, facets, tip


def draw(drawing: Drawing) -> Picture | None:
    """Draw the speed-up; return None without sizes that include one worker."""
    rows: Rows = []
    computing = [cell for cell in drawing.cells if computes(cell) and "kills" not in cell.parameters]
    for task, cells in by(lambda cell: cell.task, computing).items():
        for (label, scenario), sizes in swept(cells, "concurrency").items():
            for size, cell in sizes.items() if 1 in sizes else ():
                row = {"task": task, "interpreter": label, "scenario": scenario, "workers": size}
                one = {"value": 1.0, "low": 1.0, "high": 1.0} if size == 1 else clipped(compare(cell, sizes[1]).ratio)
                rows.append({**row, **one, "place": f"{task}, {'over ' * bool(cell.transport)}{scenario}"})
    if not rows:
        return None
    most = max(row["workers"] for row in rows)
    ideal = [
        {"workers": size, "value": float(min(size, drawing.cores))}
        for size in sorted({1, min(drawing.cores, most), most})
    ]
    scale = alt.Scale(type="log", base=2)
    x = alt.X("workers:Q", title="workers", scale=scale, axis=alt.Axis(values=sorted({row["workers"] for row in rows})))
    y = alt.Y("value:Q", title="times the speed of one worker", scale=alt.Scale(zero=False))
    line = alt.Chart().encode(x=x, y=y, color=drawing.colour())
    layers = alt.layer(
        alt.Chart(alt.InlineData(values=ideal)).mark_line(strokeDash=[4, 3], color="gray").encode(x=x, y=y),
        line.mark_line(opacity=0.7),
        *drawn_if(rows, line.mark_rule().encode(y="low:Q", y2="high:Q")),
        line.mark_point(filled=True, size=50, opacity=1).encode(
            shape=drawing.shape(), tooltip=tip("interpreter", "scenario", "workers", "value", "low", "high")
        ),
    )
    return Picture(
        "speed-up",
        "What more workers give",
        _finding(rows, most),
        f"Speed with N workers over the speed of the same scenario with one, 95 % intervals; the dashed line is ideal "
        f"and flat beyond the {drawing.cores} cores of this machine. Well below it: the workers wait for each other.",
        facets(layers, rows, alt.Facet("place:N", title=None), 3),
        rows,
        coloured=True,
    )


def _finding(rows: Rows, most: int) -> str:
    last = [row for row in rows if row["workers"] == most]
    ends = (max(last, key=lambda row: row["value"]), min(last, key=lambda row: row["value"]))
    best, worst = (f"{short(row['value'])} times ({row['place']} on {row['interpreter']})" for row in ends)
    return (
        f"{most} workers are at best {best}" + (f" and at worst {worst}" if best != worst else "") + " as fast as one."
    )
