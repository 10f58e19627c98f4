# Run by the report (Python 3.9 upward).
"""Parts that the pictures share: their data, dashes and marks with one meaning everywhere, layers and facets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from runoff.analysis.cells.cell import Cell
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.loose import Data
from runoff.common.wording import short
from runoff.report import colours
from runoff.stats.intervals import Estimate
from runoff.stats.significance import TOO_WIDE

WIDTH = 560  # pixels of a single picture; the page lets it shrink
FACET = 250
DASHES = ([1, 0], [7, 3], [2, 2], [10, 3, 2, 3], [1, 5], [14, 4], [7, 2, 1, 2, 1, 2], [3, 6])  # easy to distinguish
MARKS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
#: Lines with a fixed dash and mark, so that a transport looks the same in every picture.
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

LOG = alt.Scale(type="log", nice=False, padding=10)  # no decade without a number
LOG_FROM = 5  # ratio of the ends of an axis from which it is logarithmic
#: The name of a picture's data in its chart. The data are put in last, so that altair does not check each value.
ROWS = "rows"

Rows = list[Data]


@dataclass(frozen=True)
class Picture:
    """One picture.

    ``finding`` is a sentence computed from the numbers; ``sentence`` says how to read the picture; ``chart`` is the
    specification without data; ``rows`` are the data.
    """

    name: str
    title: str
    finding: str
    sentence: str
    chart: alt.FacetChart
    rows: Rows
    coloured: bool = False  # True: the colour alone names the interpreter, so a picture on paper needs a legend

    @property
    def specification(self) -> Data:
        """The picture as Vega-Lite with its data; the page and the exporter set the colours of text and axes."""
        return {**self.chart.to_dict(validate=False), "data": {"values": self.rows}}


@dataclass(frozen=True)
class Drawing:
    """The data that every picture is drawn from."""

    of_run: MeasuredCells

    @property
    def cells(self) -> list[Cell]:
        """Cells with a throughput of their own."""
        return self.of_run.measured

    @property
    def driven(self) -> list[Cell]:
        """Cells driven at a given load."""
        return self.of_run.driven

    @property
    def baseline(self) -> str:
        """The label of the baseline interpreter."""
        return self.of_run.baseline

    @property
    def cores(self) -> int:
        """The number of cores of the machine that was measured."""
        return int(self.of_run.header["machine"]["cores"])

    @property
    def labels(self) -> list[str]:
        """The labels of the interpreters, in the order in which they are shown."""
        return self.of_run.labels

    def colour(self) -> alt.Color:
        """Return the encoding of an interpreter as its colour."""
        chosen = colours.of(self.labels)
        scale = alt.Scale(domain=self.labels, range=[chosen[label][0] for label in self.labels])
        return alt.Color("interpreter:N", scale=scale, legend=None)

    def shape(self) -> alt.Shape:
        """Return the encoding of an interpreter as its mark."""
        chosen = colours.of(self.labels)
        scale = alt.Scale(domain=self.labels, range=[chosen[label][1] for label in self.labels])
        return alt.Shape("interpreter:N", scale=scale, legend=None)


# --- choosing and naming ----------------------------------------------------------------------------------------------


def computes(cell: Cell) -> bool:
    """Return whether the task of ``cell`` burns CPU."""
    return cell.task in ("python", "native-gil", "native-nogil", "native-cffi", "ctypes")


def names(rows: Rows, field: str) -> list[str]:
    """Return the distinct values of ``field``, in order."""
    return list(dict.fromkeys(row[field] for row in rows))


# --- numbers ----------------------------------------------------------------------------------------------------------


def clipped(estimate: Estimate) -> Data:
    """Return value, low and high; without an interval that is TOO_WIDE, which would hide all others."""
    low, high = estimate.low, estimate.high
    if low is not None and high is not None and high > TOO_WIDE * low:
        low = high = None
    return {"value": estimate.value, "low": low, "high": high}


def inverse(cell: Cell, units: float) -> Data:
    """Return the time per task in 1/``units`` seconds, with its interval."""
    found = clipped(cell.throughput)
    return {
        "value": units / found["value"],
        "low": units / found["high"] if found["high"] else None,
        "high": units / found["low"] if found["low"] else None,
    }


def span(values: Sequence[float]) -> alt.Scale:
    """Return a logarithmic scale where ``values`` span more than LOG_FROM, else a linear one.

    A short logarithmic axis has no round number to label.
    """
    return LOG if max(values) > LOG_FROM * min(values) else alt.Scale(zero=False, padding=10)


def spanned(values: Sequence[float]) -> str:
    """Describe the range of ``values``: "3 to 7", or one figure where both round to the same."""
    low, high = short(min(values)), short(max(values))
    return low if low == high else f"{low} to {high}"


# --- drawing ----------------------------------------------------------------------------------------------------------

TEXTS = ("interpreter", "scenario", "verdict", "invocation", "load")  # fields of rows; the others are numbers


def tip(*fields: str) -> list[alt.Tooltip]:
    """Return the tooltips for ``fields`` of a row."""
    return [alt.Tooltip(f"{name}:N") if name in TEXTS else alt.Tooltip(f"{name}:Q", format=".4~g") for name in fields]


def dashes(lines: list[str], **legend: Any) -> alt.StrokeDash:
    """Return the encoding of a line as its dash, with the legend; ``legend`` are properties of its own."""
    return alt.StrokeDash(
        "scenario:N",
        scale=alt.Scale(domain=lines, range=[DASHES[index] for index in signs(lines)]),
        legend=alt.Legend(title=None, symbolType="stroke", symbolSize=400, symbolStrokeWidth=2, **legend),
    )


def marks_of(lines: list[str]) -> alt.Shape:
    """Return the encoding of a line as its mark."""
    # Vega merges legends over the same domain, here into marks with dashed borders; so this domain has one value more.
    return alt.Shape(
        "scenario:N",
        legend=None,
        scale=alt.Scale(domain=[*lines, ""], range=[*(MARKS[index] for index in signs(lines)), "circle"]),
    )


def signs(lines: list[str]) -> list[int]:
    """Return an index into DASHES and MARKS for each line: its own from FIXED, else a free one."""
    taken: list[int | None] = []
    for line in lines:
        own = FIXED.get(line.partition(",")[0])
        taken.append(own if own not in taken else None)
    free = [index for index in range(len(DASHES)) if index not in taken] or list(range(len(DASHES)))
    turns = iter(range(len(lines)))
    return [free[next(turns) % len(free)] if own is None else own for own in taken]


def lines_of(drawing: Drawing, rows: Rows, x: alt.X, y: alt.Y, marks: Rows | None = None, points: bool = True) -> Any:
    """Draw one facet per interpreter, in its colour, with scenarios by dash and mark and a legend.

    ``marks`` are rings drawn on top; they are added to ``rows``.
    """
    lines, field = names(rows, "scenario"), str(x.shorthand).split(":")[0]
    base = alt.Chart().transform_filter("!datum.mark").encode(x=x, y=y, color=drawing.colour())
    layers = [base.mark_line().encode(strokeDash=dashes(lines))]
    if points:
        layers += [
            *drawn_if(rows, base.mark_rule().encode(y="low:Q", y2="high:Q")),
            base.mark_point(filled=True, size=45, opacity=1).encode(
                shape=marks_of(lines), tooltip=tip("interpreter", "scenario", field, "value", "low", "high")
            ),
        ]
    if marks:
        rows.extend({**mark, "mark": True} for mark in marks)
        ring = alt.Chart().transform_filter("datum.mark").encode(x=x, y=y)
        layers.append(
            ring.mark_point(size=180, strokeWidth=1.5, color="gray", shape="circle").encode(
                tooltip=tip("interpreter", "scenario", field)
            )
        )
    facet = alt.Facet("interpreter:N", title=None, sort=drawing.labels)
    return facets(alt.layer(*layers), rows, facet, 3)


def drawn_if(rows: Rows, layer: alt.Chart) -> list[alt.Chart]:
    """Return the layer of the intervals, or no layer where no row has an interval."""
    return [layer] if any(row.get("low") is not None for row in rows) else []


def facets(layers: Any, rows: Rows, facet: alt.Facet, columns: int, height: Any = 180) -> Any:
    """Draw ``layers`` once per value of ``facet``: small pictures, or a large one for a single value."""
    field = str(facet.shorthand).split(":")[0]
    count = len(names(rows, field))
    width = WIDTH if count == 1 else FACET
    sized = layers.properties(width=width, height=height)
    return sized.facet(facet=facet, columns=min(columns, count), data=alt.NamedData(name=ROWS))
