# Run by the report (Python 3.9 upward).
"""Run sequences: every iteration of every invocation of a serial cell that computes."""

from __future__ import annotations

import statistics

import altair as alt

from runoff.analysis.cells.cell import Cell
from runoff.analysis.measured_cells import of_main_works
from runoff.common.wording import listed, short
from runoff.report.pictures.drawing import LOG, Drawing, Picture, Rows, computes, facets, span, tip

TICKS = [digit * 10**power for power in range(6) for digit in (1, 2, 3, 5)]
POINTS = 400  # at most so many of a run sequence are drawn, evenly spread


def draw(drawing: Drawing) -> Picture | None:
    """Draw the run sequences; return None with fewer than three iterations."""
    serial = [cell for cell in of_main_works(drawing.cells) if cell.scenario == "serial" and computes(cell)]
    tasks = [cell.task for cell in serial]
    if not tasks:
        return None
    task = "python" if "python" in tasks else tasks[0]
    serial = [cell for cell in serial if cell.task == task]
    rows: Rows = []
    for cell in serial:
        for invocation in cell.invocations:
            times = invocation["iterations_ns"]
            apart = max(1, -(-len(times) // POINTS))
            rows += [
                {
                    "interpreter": cell.interpreter,
                    "invocation": invocation["block"],
                    "iteration": index + 1,
                    "ms": ns / 1e6,
                }
                for index, ns in enumerate(times)
                if index % apart == 0
            ]
    if max((row["iteration"] for row in rows), default=0) < 3:
        return None
    line = alt.Chart().encode(
        x=alt.X("iteration:Q", title="iteration", scale=LOG, axis=alt.Axis(values=TICKS, format="d")),
        y=alt.Y("ms:Q", title=f"ms per iteration ({serial[0].batch} tasks)", scale=span([row["ms"] for row in rows])),
        detail="invocation:N",
        color=drawing.colour(),
        tooltip=tip("interpreter", "invocation", "iteration", "ms"),
    )
    layers = alt.layer(line.mark_line(opacity=0.55), line.mark_point(size=14, filled=True, opacity=0.8))
    return Picture(
        "warm-up",
        f"Warm-up: every iteration, one line per invocation ({task}, serial)",
        _finding(serial),
        "The first point of a line is the cold one. A line that falls is a compiler warming up; one that never lies "
        "flat has no steady state, and lines that differ say that starting again gives another speed.",
        facets(layers, rows, alt.Facet("interpreter:N", title=None, sort=drawing.labels), 3),
        rows,
    )


def _finding(serial: list[Cell]) -> str:
    """Describe how much longer the cold iteration takes than the last half, by interpreter."""
    times = {
        cell.interpreter: statistics.median(
            each["iterations_ns"][0] / statistics.median(each["iterations_ns"][len(each["iterations_ns"]) // 2 :])
            for each in cell.invocations
        )
        for cell in serial
    }
    slowest = sorted(times, key=lambda label: -times[label])
    slowdowns = listed([f"{short(times[label])} times on {label}" for label in slowest])
    return f"The first iteration takes, over a typical one of the later half (medians over invocations), {slowdowns}."
