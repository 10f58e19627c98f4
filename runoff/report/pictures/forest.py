# Run by the report (Python 3.9 upward).
"""The forest plot of ratios: the best scenario of each interpreter against the baseline's best, by task."""

from __future__ import annotations

import altair as alt

from runoff.analysis.own import decision
from runoff.analysis.ranking import rank
from runoff.common.wording import listed, short
from runoff.report.pictures.drawing import Drawing, Picture, Rows, clipped, drawn_if, facets, names, tip
from runoff.stats import significance

NAMED = 6  # interpreters whose scenarios are named beside their points; with more, pointing at one names it


def draw(drawing: Drawing) -> Picture | None:
    """Draw the forest plot; return None without an interpreter to compare."""
    rows: Rows = []
    for task, work in drawing.of_run.works.items():
        rows += [
            {
                "task": task,
                "interpreter": place.interpreter,
                "scenario": place.cell.name,
                "verdict": place.verdict,
                **clipped(place.ratio),
            }
            for place in rank(drawing.of_run, work).places
            if place.ratio
        ]
    if not rows:
        return None
    short_name, against = _reference(drawing)
    x = alt.X(
        "value:Q",
        title=f"times the speed of {short_name}",
        scale=alt.Scale(type="log", nice=False, padding=24),
        axis=alt.Axis(tickCount=20, format="~g", labelOverlap="greedy"),
    )
    y = alt.Y("interpreter:N", title=None, sort=drawing.labels)
    few = len(drawing.labels) <= NAMED
    base = alt.Chart().encode(y=y, color=drawing.colour())
    layers = alt.layer(
        alt.Chart().mark_rule(strokeDash=[4, 3], opacity=0.8).encode(x=alt.datum(1)),
        *drawn_if(rows, base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=""), x2="high:Q")),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=x, shape=drawing.shape(), tooltip=tip("interpreter", "scenario", "value", "low", "high", "verdict")
        ),
        *(
            [base.mark_text(align="center", dy=-10, fontSize=10, limit=190).encode(x="value:Q", text="scenario:N")]
            * few
        ),
    )
    return Picture(
        "forest",
        f"How many times as fast as {short_name}",
        _finding(rows, short_name),
        f"Each interpreter's best scenario (named beside the point) against {against}, task by "
        "task, with 95 % intervals over invocations: right of the dashed line is faster, and an interval that crosses "
        "the line decides nothing.",
        facets(
            layers,
            rows,
            alt.Facet("task:N", title=None, sort=names(rows, "task")),
            2,
            height=alt.Step(30 if few else 17),
        ),
        rows,
    )


def _reference(drawing: Drawing) -> tuple[str, str]:
    """Return what 1 stands for, in a word or two and in full: the baseline's best, or what a person has today."""
    if "today" not in drawing.of_run.header:
        return drawing.baseline, f"the best of {drawing.baseline}"
    today = next(filter(None, map(drawing.of_run.reference, drawing.of_run.works.values())), None)
    return "today's", f"today's ({decision.named(today)})" if today else "today's"


def _finding(rows: Rows, baseline: str) -> str:
    parts = []
    for verdict in (significance.FASTER, significance.SLOWER):
        found = [row for row in rows if row["verdict"] == verdict]
        if found:
            far = sorted(found, key=lambda row: row["value"], reverse=verdict == significance.FASTER)
            each = [f"{row['interpreter']} on {row['task']} ({short(row['value'])} times)" for row in far]
            parts.append(f"{verdict} beyond doubt: {listed(each)}")
    same = sum(row["verdict"] == significance.SAME for row in rows)
    unknown = sum(row["verdict"].startswith(significance.UNKNOWN) for row in rows)
    parts += [f"{same} equivalent"] if same else []
    parts += [f"{unknown} of {len(rows)} cannot be told from it"] if unknown else []
    return f"Against {baseline}, {'; '.join(parts)}."
