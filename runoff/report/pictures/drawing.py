# Run by the report (Python 3.9 upward).
"""What the pictures share: what they are drawn from, signs that mean the same everywhere, how they are put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from runoff.analysis.cells import Cell
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.wording import short
from runoff.report import colours

WIDTH = 560  # pixels of a single picture; the page lets it shrink
FACET = 250
DASHES = ([1, 0], [7, 3], [2, 2], [10, 3, 2, 3], [1, 5], [14, 4], [7, 2, 1, 2, 1, 2], [3, 6])  # easy to tell apart
MARKS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
#: Those that always have the same dash and mark, so that a transport looks the same in every picture.
FIXED = {
    "zmq+tcp": 0,
    "zmq+ipc": 1,
    "memory": 2,
    "amqp": 3,
    "serial": 4,
    "process-pool": 5,
    "amqps": 6,
    "zmq+inproc": 7,
}

LOG = alt.Scale(type="log", nice=False, padding=10)  # no decade more than there are numbers for
FEW = 5  # times between the ends of an axis, below which it is not logarithmic
ROWS = "rows"  # the name of a picture's data in its chart; they are put in last, not checked value by value

Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True)
class Picture:
    """``finding``: what it shows, computed from its numbers; ``sentence``: how to read it; ``chart``: the
    specification; ``rows``: the numbers in it."""

    name: str
    title: str
    finding: str
    sentence: str
    chart: alt.FacetChart
    rows: Rows
    coloured: bool = False  # is it the colour alone that says whose a line is? On paper it then needs a legend

    @property
    def specification(self) -> dict[str, Any]:
        """The picture as Vega-Lite; the colours of text and lines are left to whoever draws it."""
        return {**self.chart.to_dict(validate=False), "data": {"values": self.rows}}


@dataclass(frozen=True)
class Drawing:
    """What every picture is drawn from."""

    of_run: MeasuredCells

    @property
    def cells(self) -> list[Cell]:
        return self.of_run.measured

    @property
    def driven(self) -> list[Cell]:
        return self.of_run.driven

    @property
    def baseline(self) -> str:
        return self.of_run.baseline

    @property
    def cores(self) -> int:
        return int(self.of_run.header["machine"]["cores"])

    @property
    def labels(self) -> list[str]:
        return self.of_run.labels

    def colour(self) -> alt.Color:
        chosen = colours.of(self.labels)
        scale = alt.Scale(domain=self.labels, range=[chosen[label][0] for label in self.labels])
        return alt.Color("interpreter:N", scale=scale, legend=None)

    def shape(self) -> alt.Shape:
        chosen = colours.of(self.labels)
        scale = alt.Scale(domain=self.labels, range=[chosen[label][1] for label in self.labels])
        return alt.Shape("interpreter:N", scale=scale, legend=None)


# --- choosing and naming ----------------------------------------------------------------------------------------------


def computes(cell: Cell) -> bool:
    return cell.task in ("python", "native-gil", "native-nogil", "native-cffi", "ctypes")


def names(rows: Rows, field: str) -> list[str]:
    return list(dict.fromkeys(row[field] for row in rows))


# --- numbers ----------------------------------------------------------------------------------------------------------


def clipped(estimate: Any) -> Row:
    """value, low, high; an interval wider than a hundredfold is not drawn, it would hide all others."""
    low, high = estimate.low, estimate.high
    if low is not None and high is not None and high > 100 * low:
        low = high = None
    return {"value": estimate.value, "low": low, "high": high}


def inverse(cell: Cell, units: float) -> Row:
    """Time per task in 1/``units`` seconds, with the interval turned round."""
    found = clipped(cell.throughput)
    return {
        "value": units / found["value"],
        "low": units / found["high"] if found["high"] else None,
        "high": units / found["low"] if found["low"] else None,
    }


def span(values: Sequence[float]) -> alt.Scale:
    """Logarithmic where ``values`` differ much; where they do not, a logarithmic axis has no round number to name."""
    return LOG if max(values) > FEW * min(values) else alt.Scale(zero=False, padding=10)


def spanned(values: Sequence[float], unit: str = "") -> str:
    """3 to 7 ms; one figure where both round to the same."""
    low, high = short(min(values)), short(max(values))
    return f"{low}{unit}" if low == high else f"{low} to {high}{unit}"


# --- drawing ----------------------------------------------------------------------------------------------------------

TEXTS = ("interpreter", "scenario", "verdict", "invocation", "load")  # fields of rows; the others are numbers


def tip(*fields: str) -> list[alt.Tooltip]:
    return [alt.Tooltip(f"{name}:N") if name in TEXTS else alt.Tooltip(f"{name}:Q", format=".4~g") for name in fields]


def dashes(lines: list[str]) -> alt.StrokeDash:
    """A dash per line, with the legend."""
    return alt.StrokeDash(
        "scenario:N",
        scale=alt.Scale(domain=lines, range=[DASHES[at] for at in signs(lines)]),
        legend=alt.Legend(title=None, symbolType="stroke", symbolSize=400, symbolStrokeWidth=2),
    )


def marks_of(lines: list[str]) -> alt.Shape:
    # Legends over the same domain become one, here of shapes with dashed borders: so this domain has one value more.
    return alt.Shape(
        "scenario:N",
        legend=None,
        scale=alt.Scale(domain=[*lines, ""], range=[*(MARKS[at] for at in signs(lines)), "circle"]),
    )


def signs(lines: list[str]) -> list[int]:
    """An index into DASHES and MARKS per line: what is in FIXED keeps its own, the others get what is left."""
    taken: list[int | None] = []
    for line in lines:
        own = FIXED.get(line.partition(",")[0])
        taken.append(own if own not in taken else None)
    free = [at for at in range(len(DASHES)) if at not in taken] or list(range(len(DASHES)))
    turns = iter(range(len(lines)))
    return [free[next(turns) % len(free)] if own is None else own for own in taken]


def lines_of(
    drawing: Drawing, rows: Rows, x: alt.X, y: alt.Y, marks: Rows | None = None, points: bool = True, columns: int = 3
) -> Any:
    """One facet per interpreter, in its colour; scenarios by dash and shape, with a legend. ``marks``, rings drawn on
    top, are added to ``rows``."""
    lines = names(rows, "scenario")
    base = alt.Chart().transform_filter("!datum.mark").encode(x=x, y=y, color=drawing.colour())
    layers = [base.mark_line().encode(strokeDash=dashes(lines))]
    if points:
        field = str(x.shorthand).split(":")[0]
        layers += [
            *drawn_if(rows, base.mark_rule().encode(y="low:Q", y2="high:Q")),
            base.mark_point(filled=True, size=45, opacity=1).encode(
                shape=marks_of(lines), tooltip=tip("interpreter", "scenario", field, "value", "low", "high")
            ),
        ]
    if marks:
        rows.extend({**mark, "mark": True} for mark in marks)
        ring = alt.Chart().transform_filter("datum.mark").encode(x=x, y=y)
        field = str(x.shorthand).split(":")[0]
        layers.append(
            ring.mark_point(size=180, strokeWidth=1.5, color="gray", shape="circle").encode(
                tooltip=tip("interpreter", "scenario", field)
            )
        )
    facet = alt.Facet("interpreter:N", title=None, sort=drawing.labels)
    return facets(alt.layer(*layers), rows, facet, columns)


def drawn_if(rows: Rows, layer: alt.Chart) -> list[alt.Chart]:
    """The layer of the intervals; none where no row has one."""
    return [layer] if any(row.get("low") is not None for row in rows) else []


def facets(layers: Any, rows: Rows, facet: alt.Facet, columns: int, height: Any = 180) -> Any:
    """``layers`` over ``rows``: a small picture per value of ``facet``, a large one where there is but one value."""
    field = str(facet.shorthand).split(":")[0]
    count = len(names(rows, field))
    width = WIDTH if count == 1 else FACET
    sized = layers.properties(width=width, height=height)
    return sized.facet(facet=facet, columns=min(columns, count), data=alt.NamedData(name=ROWS))
