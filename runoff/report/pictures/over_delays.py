# Run by the report (Python 3.9 upward).
"""Tasks a second by the round trip between hosts: what ``nox -s hosts`` measured."""

from __future__ import annotations

import statistics

import altair as alt

from runoff.common.loose import Data
from runoff.common.wording import short
from runoff.report import colours
from runoff.report.pictures.drawing import LOG, WIDTH, Picture, Rows, dashes, facets, marks_of, names, tip


def draw(record: Data) -> Picture:
    """Draw a line for each contender of ``record``, over its delays."""
    rows: Rows = [
        {
            "interpreter": record["interpreter"],
            "scenario": row["contender"],
            "trip": f"{row['delay_ms']:g} ms",
            "value": statistics.median(row["tasks_per_s"]),
            "low": min(row["tasks_per_s"]),
            "high": max(row["tasks_per_s"]),
        }
        for row in record["speeds"]
    ]
    lines = names(rows, "scenario")
    base = alt.Chart().encode(
        x=alt.X("trip:O", title="round trip between hosts", sort=names(rows, "trip"), axis=alt.Axis(labelAngle=0)),
        y=alt.Y("value:Q", title="no-op tasks per second", scale=LOG, axis=alt.Axis(tickCount=4, format="~s")),
        color=alt.value(colours.COLOURS[0]),
    )
    layers = alt.layer(
        base.mark_line().encode(strokeDash=dashes(lines, orient="bottom", columns=1, labelLimit=WIDTH)),
        base.mark_rule().encode(y="low:Q", y2="high:Q"),
        base.mark_point(filled=True, size=45, opacity=1).encode(
            shape=marks_of(lines), tooltip=tip("scenario", "value", "low", "high")
        ),
    )
    return Picture(
        "hosts",
        "What a delay between hosts costs",
        _finding(rows),
        "No-op tasks per second by the round trip between client, worker and broker, each on a host of its own: "
        "medians, and the slowest to the fastest turn. A contender that takes one at a time waits for each answer.",
        facets(layers, rows, alt.Facet("interpreter:N", title=None), 1, 300),
        rows,
    )


def _finding(rows: Rows) -> str:
    nearest, farthest = rows[0]["trip"], rows[-1]["trip"]
    at = {(row["scenario"], row["trip"]): row["value"] for row in rows}
    left = {name: at[name, farthest] / at[name, nearest] for name in names(rows, "scenario")}
    shares = "; ".join(f"{name}: {short(100 * share)} %" for name, share in left.items())
    return f"Of the tasks per second at {nearest}, {farthest} leave: {shares}."
