# Run by the report (Python 3.9 upward).
"""The timeline of a recovery: tasks completed around the kill of a worker, and the gap of the victim's tasks."""

from __future__ import annotations

import statistics

import altair as alt

from runoff.analysis import recovery
from runoff.analysis.sweep_lines import series
from runoff.common.wording import listed, short
from runoff.report.pictures.drawing import DASHES, Drawing, Picture, Rows, facets, names, signs, tip

SHOWN_MS = (-100.0, 200.0)  # before and after the kill; longer where a gap is longer
Killed = dict[tuple[str, str], recovery.Recovery]  # {(interpreter, name of a line): what came of its kills}


def draw(drawing: Drawing) -> Picture | None:
    """Draw one timeline per line with kills; return None without kills."""
    killed = {
        key: found
        for key, cells in series([cell for cell in drawing.cells if "kills" in cell.parameters]).items()
        if (found := recovery.of_cells(cells))
    }
    if not killed:
        return None
    rows = _rows(killed)
    base = (
        alt.Chart()
        .transform_filter("!datum.gap")
        .encode(x=alt.X("ms:Q", title="ms after SIGKILL"), color=drawing.colour())
    )
    gap = alt.Chart().transform_filter("datum.gap")
    lines = names(rows, "scenario")
    dash = alt.StrokeDash(
        "scenario:N", scale=alt.Scale(domain=lines, range=[DASHES[index] for index in signs(lines)]), legend=None
    )
    per_bin = next(iter(killed.values())).bin_ms
    layers = alt.layer(
        gap.mark_rect(color="gray", opacity=0.35).encode(x="from:Q", x2="until:Q"),
        gap.mark_rule(strokeDash=[4, 3], opacity=0.8).encode(x="from:Q"),
        base.mark_area(opacity=0.2, interpolate="step-after").encode(
            y=alt.Y("low:Q", title=f"tasks completed per {short(per_bin)} ms"), y2="high:Q"
        ),
        base.mark_line(interpolate="step-after").encode(
            y="value:Q", strokeDash=dash, tooltip=tip("interpreter", "scenario", "ms", "value", "low", "high")
        ),
        gap.mark_text(align="left", baseline="top", dx=4, dy=3, fontSize=10).encode(
            x="from:Q", y=alt.value(0), text="words:N"
        ),
    )
    return Picture(
        "recovery",
        "A worker is killed: tasks completed before and after",
        _finding(killed),
        f"Tasks that came back per {short(per_bin)} ms around the kill of one of the workers, at half load: the "
        "line is the median over kills, the band their range; the grey bar is the median gap, from the kill to the "
        "first result of a task that the victim held.",
        facets(layers, rows, alt.Facet("place:N", title=None, sort=names(rows, "place")), _columns(killed)),
        rows,
    )


def _rows(killed: Killed) -> Rows:
    """Return the completed tasks of each bin around a kill, and the gap, of each line."""
    until = max(SHOWN_MS[1], 2 * max(max(found.gaps_ms) for found in killed.values()))
    rows: Rows = []
    for (label, name), found in killed.items():
        place = {"interpreter": label, "scenario": name, "place": f"{label}, {name}"}
        for index, counts in enumerate(zip(*found.timeline)):
            ms = (index - found.killed_bin) * found.bin_ms
            if not SHOWN_MS[0] <= ms <= until:
                continue
            middle = statistics.median(counts)
            rows.append({**place, "ms": ms, "value": middle, "low": min(counts), "high": max(counts)})
        median_ms, worst_ms = found.median_ms.value, max(found.gaps_ms)
        words = f"median {short(median_ms)}, worst {short(worst_ms)} ms"
        rows.append({**place, "from": 0.0, "until": median_ms, "worst": worst_ms, "gap": True, "words": words})
    return rows


def _finding(killed: Killed) -> str:
    kills = sum(found.killed for found in killed.values())
    gaps = [
        f"{short(found.median_ms.value)} ms over {name} on {label} (worst {short(max(found.gaps_ms))})"
        for (label, name), found in sorted(killed.items(), key=lambda item: item[1].median_ms.value)
    ]
    lost = sum(found.lost for found in killed.values())
    return (
        f"From SIGKILL to the first result of the victim's tasks from another worker, median: {listed(gaps)}; "
        f"{lost or 'no'} task{'' if lost == 1 else 's'} lost in {kills} kills."
    )


def _columns(killed: Killed) -> int:
    """Return the columns of the facets: one row per interpreter where its lines fit side by side."""
    most = max(sum(label == other for other, _ in killed) for label, _ in killed)
    return most if 1 < most < 4 else 3
