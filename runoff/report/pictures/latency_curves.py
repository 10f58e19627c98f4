# Run by the report (Python 3.9 upward).
"""Latency by percentile at the same load, for the percentiles that the sample carries."""

from __future__ import annotations

import altair as alt

from runoff.analysis import latency
from runoff.analysis.cells.cell import Cell
from runoff.analysis.sweep_lines import by, series
from runoff.common.wording import short
from runoff.report.pictures.drawing import LOG, Drawing, Picture, Rows, dashes, facets, marks_of, names, tip
from runoff.stats import histogram

SHARES = (0, 25, 50, 75, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99)
LABEL = "datum.value == 1 ? 'min' : datum.value == 2 ? 'p50' : 'p' + format(100 - 100 / datum.value, '.6~g')"
HOW = (
    "Tasks arrive at random, at a share of each one's own capacity or at the same rate for all, and each latency is "
    "counted from the intended beginning. Bars are 95 % intervals, which take tasks as independent. A curve ends where "
    "the sample no longer carries the percentile (ten samples beyond it)."
)


def draw(drawing: Drawing) -> Picture | None:
    """Draw one line per interpreter; return None without latencies."""
    rows = _rows([cell for cell in drawing.driven if not cell.transport])
    if not rows:
        return None
    for row in rows:
        row["place"] = f"{row['scenario']} at {row['load']}"
    line = _line(drawing)
    layers = alt.layer(
        line.mark_line(),
        _intervals(line),
        line.mark_point(filled=True, size=30, opacity=1).encode(shape=drawing.shape()),
    )
    return Picture(
        "latency",
        "Latency by percentile, at equal load",
        _finding(rows),
        HOW,
        facets(layers, rows, alt.Facet("place:N", title=None), 2),
        rows,
        coloured=True,
    )


def over_transports(drawing: Drawing) -> Picture | None:
    """Draw one line per transport; return None without latencies over a transport."""
    rows = _rows([cell for cell in drawing.driven if cell.transport])
    if not rows:
        return None
    works = names(rows, "work")
    for row in rows:
        work = f", {row['work']}" if len(works) > 1 else ""
        row["place"] = f"{row['interpreter']} at {row['load']}{work}"
    line, lines = _line(drawing), names(rows, "scenario")
    layers = alt.layer(
        line.mark_line().encode(strokeDash=dashes(lines)),
        _intervals(line),
        line.mark_point(filled=True, size=30, opacity=1).encode(shape=marks_of(lines)),
    )
    return Picture(
        "latency-transports",
        "Latency by percentile, over each transport",
        _finding(rows),
        HOW,
        facets(layers, rows, alt.Facet("place:N", title=None), 2),
        rows,
    )


def _rows(cells: list[Cell]) -> Rows:
    rows: Rows = []
    lines = [
        (label, name, work, of_line)
        for work, of_work in by(lambda cell: cell.task_with_settings, cells).items()
        for (label, name), of_line in series(of_work).items()
    ]
    for label, name, work, of_line in lines:
        parts = [part for cell in of_line for each in cell.invocations for part in each["latency"] or []]
        for load, of_load in by(latency.load_text, parts).items():
            kept = [part["latencies"] for part in of_load if not latency.is_void(part)]
            if not kept:
                continue
            merged = histogram.merged(kept)
            for share in SHARES:
                if latency.carries(merged.get_total_count(), share):
                    row = {"interpreter": label, "scenario": name, "work": work, "load": load}
                    ms = merged.get_value_at_percentile(share) / 1e6
                    low, high = latency.interval_ms(merged, share)
                    at = {"percentile": share, "beyond": 100 / (100 - share)}
                    rows.append({**row, **at, "ms": ms, "low": low, "high": high})
    return rows


def _line(drawing: Drawing) -> alt.Chart:
    line: alt.Chart = alt.Chart().encode(
        x=alt.X(
            "beyond:Q",
            title="percentile",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(values=[1, 2, 10, 100, 1000, 10000], labelExpr=LABEL),
        ),
        y=alt.Y("ms:Q", title="latency in ms", scale=LOG),
        color=drawing.colour(),
        tooltip=tip("interpreter", "scenario", "work", "load", "percentile", "ms", "low", "high"),
    )
    return line


def _intervals(line: alt.Chart) -> alt.Chart:
    bars: alt.Chart = line.mark_rule().encode(y=alt.Y("low:Q", scale=LOG, title=""), y2="high:Q")
    return bars


def _finding(rows: Rows) -> str:
    """Describe the range of the last percentile that every curve carries, at the last work and load."""
    last = [row for row in rows if (row["work"], row["load"]) == (rows[-1]["work"], rows[-1]["load"])]
    curves = by(lambda row: (row["interpreter"], row["scenario"]), last)
    common = max(set.intersection(*({row["percentile"] for row in curve} for curve in curves.values())))
    ranked = sorted((row for row in last if row["percentile"] == common), key=lambda row: row["ms"])
    ends = [f"{short(row['ms'])} ms ({row['scenario']} on {row['interpreter']})" for row in (ranked[0], ranked[-1])]
    spread = f"from {ends[0]} to {ends[1]}" if len(ranked) > 1 else f"is {ends[0]}"
    where = last[0]["load"] + (f" of {last[0]['work']}" if len(names(rows, "work")) > 1 else "")
    return f"At {where}, p{common:g} {'goes ' if len(ranked) > 1 else ''}{spread}."
