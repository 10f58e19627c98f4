# Run by the report (Python 3.9 upward).
"""The pictures people decide by, each one declarative specification: the page draws it, and files are made from it.

A picture is there only where the run has data for it; what a run lacks is listed by `missing` and said in words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import altair as alt

from bench import histogram, record
from report import colours, floor, latency, stats
from report.answer import OVERHEAD, best_of
from report.cells import Cell
from report.decision import of_main_works
from report.interference import is_probe

WIDTH = 560  # pixels of a single picture; the page lets it shrink
FACET = 250
DASHES = ([1, 0], [7, 3], [2, 2], [10, 3, 2, 3], [1, 5], [14, 4], [7, 2, 1, 2, 1, 2], [3, 6])  # easy to tell apart
POINTS = 400  # of a run sequence; beyond, evenly spread ones are drawn

ROWS = "rows"  # the name of a picture's data in its chart; they are put in last, not checked value by value

Row = dict[str, Any]
Rows = list[Row]


@dataclass(frozen=True)
class Picture:
    """``sentence``: what it shows and how to read it; ``chart``: the specification; ``rows``: the numbers in it."""

    name: str
    title: str
    sentence: str
    chart: alt.FacetChart
    rows: Rows

    @property
    def specification(self) -> dict[str, Any]:
        """The picture as Vega-Lite; the colours of text and lines are left to whoever draws it."""
        return {**self.chart.to_dict(validate=False), "data": {"values": self.rows}}


@dataclass(frozen=True)
class Drawing:
    """What every picture is drawn from."""

    run: record.Run
    cells: list[Cell]  # measured, with a number, no latency cells
    driven: list[Cell]  # latency cells
    again: list[Cell]  # the same with the second set of the baseline, for the floor

    @property
    def baseline(self) -> str:
        return str(self.run.header["baseline"])

    @property
    def cores(self) -> int:
        return int(self.run.header["machine"]["cores"])

    @property
    def labels(self) -> list[str]:
        return list(self.run.header["interpreters"])

    def colour(self) -> alt.Color:
        chosen = colours.of(self.labels)
        scale = alt.Scale(domain=self.labels, range=[chosen[label][0] for label in self.labels])
        return alt.Color("interpreter:N", scale=scale, legend=None)

    def shape(self) -> alt.Shape:
        chosen = colours.of(self.labels)
        scale = alt.Scale(domain=self.labels, range=[chosen[label][1] for label in self.labels])
        return alt.Shape("interpreter:N", scale=scale, legend=None)


def gather(run: record.Run, every: list[Cell]) -> Drawing:
    own = [cell for cell in every if cell.interpreter != run.header.get("again") and cell.status == record.OK]
    own = [cell for cell in own if not is_probe(cell)]
    return Drawing(
        run, [cell for cell in own if not cell.for_latency], [cell for cell in own if cell.for_latency], every
    )


def draw(drawing: Drawing) -> tuple[list[Picture], list[tuple[str, str]]]:
    """The pictures this run has data for, and (title, what would give the data) of the others."""
    from report import chapter_pictures

    made, missing = [], []
    for title, how, make in (*PICTURES, *chapter_pictures.PICTURES):
        picture = make(drawing)
        if picture is None:
            missing.append((title, how))
        else:
            made.append(picture)
    return made, missing


# --- ratio forest plot ------------------------------------------------------------------------------------------------


def forest(drawing: Drawing) -> Picture | None:
    """The best scenario of every interpreter against the best of the baseline, by task."""
    rows: Rows = []
    for task, cells in by(lambda cell: cell.task, of_main_works(drawing.cells)).items():
        if task == OVERHEAD:
            continue
        best = {label: best_of(of_label) for label, of_label in by(lambda cell: cell.interpreter, cells).items()}
        reference = best.get(drawing.baseline)
        others = [label for label in best if label != drawing.baseline and best[label].ranked]
        if reference is None or not reference.ranked or not others:
            continue
        lowest = floor.of([cell for cell in drawing.again if cell.task == task], drawing.run.header)
        compared = [stats.compare(best[label].throughputs, reference.throughputs) for label in others]
        verdicts = stats.verdicts(compared, lowest.share if lowest else 0.0)
        for label, comparison, verdict in zip(others, compared, verdicts):
            row = {"task": task, "interpreter": label, "scenario": best[label].name, "verdict": verdict}
            rows.append({**row, **clipped(comparison.ratio)})
    if not rows:
        return None
    rows.sort(key=lambda row: -row["value"])
    x = alt.X(
        "value:Q",
        title=f"times the speed of {drawing.baseline}",
        scale=alt.Scale(type="log", nice=False, padding=24),
        axis=alt.Axis(tickCount=20, format="~g", labelOverlap="greedy"),
    )
    y = alt.Y("interpreter:N", title=None, sort=drawing.labels)
    base = alt.Chart().encode(y=y, color=drawing.colour())
    layers = alt.layer(
        alt.Chart().mark_rule(strokeDash=[4, 3], opacity=0.8).encode(x=alt.datum(1)),
        *drawn_if(rows, base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title=""), x2="high:Q")),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=x, shape=drawing.shape(), tooltip=tip("interpreter", "scenario", "value", "low", "high", "verdict")
        ),
        base.mark_text(align="center", dy=-10, fontSize=10, limit=140).encode(x="value:Q", text="scenario:N"),
    )
    return Picture(
        "forest",
        f"How many times as fast as {drawing.baseline}",
        f"Each interpreter's best scenario (named beside the point) against the best of {drawing.baseline}, task by "
        "task, with 95 % intervals over invocations: right of the dashed line is faster, and an interval that crosses "
        "the line decides nothing.",
        facets(layers, rows, alt.Facet("task:N", title=None, sort=names(rows, "task")), 2, height=alt.Step(30)),
        rows,
    )


# --- speed-up ---------------------------------------------------------------------------------------------------------


def speed_up(drawing: Drawing) -> Picture | None:
    """Over N = 1 of the same scenario, with the ideal line."""
    rows: Rows = []
    sized = [cell for cell in drawing.cells if cell.ranked and "concurrency" in cell.parameters and computes(cell)]
    for (task, label, scenario, _), cells in by(lambda c: (c.task, c.interpreter, c.scenario, c.n), sized).items():
        sizes = {cell.parameters["concurrency"]: cell for cell in cells}
        if len(sizes) < 2 or 1 not in sizes:
            continue
        for size, cell in sorted(sizes.items()):
            row = {"task": task, "interpreter": label, "scenario": scenario, "workers": size}
            one = (
                {"value": 1.0, "low": 1.0, "high": 1.0}
                if size == 1
                else clipped(stats.ratio(cell.throughputs, sizes[1].throughputs))
            )
            rows.append({**row, **one})
    if not rows:
        return None
    most = max(row["workers"] for row in rows)
    ideal = [{"workers": size, "value": float(min(size, drawing.cores))} for size in sorted({1, drawing.cores, most})]
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
    rows_of = alt.Facet("place:N", title=None)
    for row in rows:
        row["place"] = f"{row['task']}, {row['scenario']}"
    return Picture(
        "speed-up",
        "What more workers give",
        f"Speed with N workers over the speed of the same scenario with one, 95 % intervals; the dashed line is ideal "
        f"and flat beyond the {drawing.cores} cores of this machine. Well below it: the workers wait for each other.",
        facets(layers, rows, rows_of, 3),
        rows,
    )


# --- warm-up ----------------------------------------------------------------------------------------------------------


def warm_up(drawing: Drawing) -> Picture | None:
    """Run sequences: every iteration of every invocation of the serial cell that has something to compile."""
    serial = [cell for cell in of_main_works(drawing.cells) if cell.scenario == "serial" and computes(cell)]
    tasks = [cell.task for cell in serial]
    if not tasks:
        return None
    task = "python" if "python" in tasks else tasks[0]
    rows: Rows = []
    for cell in serial:
        for each in cell.invocations if cell.task == task else []:
            times = each["iterations_ns"]
            apart = max(1, -(-len(times) // POINTS))
            rows += [
                {"interpreter": cell.interpreter, "invocation": each["block"], "iteration": at + 1, "ms": ns / 1e6}
                for at, ns in enumerate(times)
                if at % apart == 0
            ]
    if max((row["iteration"] for row in rows), default=0) < 3:
        return None
    line = alt.Chart().encode(
        x=alt.X("iteration:Q", title="iteration", scale=alt.Scale(type="log")),
        y=alt.Y("ms:Q", title=f"ms per iteration ({serial[0].n} tasks)", scale=alt.Scale(type="log")),
        detail="invocation:N",
        color=drawing.colour(),
        tooltip=tip("interpreter", "invocation", "iteration", "ms"),
    )
    layers = alt.layer(line.mark_line(opacity=0.55), line.mark_point(size=14, filled=True, opacity=0.8))
    return Picture(
        "warm-up",
        f"Warm-up: every iteration, one line per invocation ({task}, serial)",
        "The first point of a line is the cold one. A line that falls is a compiler warming up; one that never lies "
        "flat has no steady state, and lines that differ say that starting again gives another speed.",
        facets(layers, rows, alt.Facet("interpreter:N", title=None, sort=drawing.labels), 3),
        rows,
    )


# --- latency ----------------------------------------------------------------------------------------------------------


def latency_curves(drawing: Drawing) -> Picture | None:
    """Latency by percentile at the same share of each one's capacity; only percentiles that the sample carries."""
    rows: Rows = []
    for cell in drawing.driven:
        loads = by(lambda part: part["load"], [part for each in cell.invocations for part in each["latency"] or []])
        for load, parts in loads.items():
            kept = [part["latencies"] for part in parts if not latency.is_void(part)]
            if not kept:
                continue
            merged = histogram.merged(kept)
            for share in (0, 25, 50, 75, 90, 95, 98, 99, 99.5, 99.8, 99.9, 99.95, 99.99):
                if latency.carries(merged.get_total_count(), share):
                    row = {"interpreter": cell.interpreter, "scenario": cell.scenario, "load": f"{load:g} %"}
                    ms = merged.get_value_at_percentile(share) / 1e6
                    rows.append({**row, "percentile": share, "beyond": 100 / (100 - share), "ms": ms})
    if not rows:
        return None
    for row in rows:
        row["place"] = f"{row['scenario']} at {row['load']} of its capacity"
    label = "datum.value == 1 ? 'min' : datum.value == 2 ? 'p50' : 'p' + format(100 - 100 / datum.value, '.6~g')"
    line = alt.Chart().encode(
        x=alt.X(
            "beyond:Q",
            title="percentile",
            scale=alt.Scale(type="log"),
            axis=alt.Axis(values=[1, 2, 10, 100, 1000, 10000], labelExpr=label),
        ),
        y=alt.Y("ms:Q", title="latency in ms", scale=alt.Scale(type="log")),
        color=drawing.colour(),
        tooltip=tip("interpreter", "scenario", "load", "percentile", "ms"),
    )
    layers = alt.layer(line.mark_line(), line.mark_point(filled=True, size=30, opacity=1).encode(shape=drawing.shape()))
    return Picture(
        "latency",
        "Latency by percentile, at equal load",
        "Tasks arrive at random at a given share of each one's own capacity, and each latency is counted from the "
        "intended beginning. A curve ends where the sample no longer carries the percentile (ten beyond it).",
        facets(layers, rows, alt.Facet("place:N", title=None), 2),
        rows,
    )


# --- throughput against memory ----------------------------------------------------------------------------------------


def memory(drawing: Drawing) -> Picture | None:
    """Tasks per second against the memory of the whole tree, with the front that nothing beats in both."""
    rows: Rows = []
    for task, cells in by(lambda cell: cell.task, of_main_works([c for c in drawing.cells if c.ranked])).items():
        sized = [cell for cell in cells if cell.peak_memory_bytes and task != OVERHEAD]
        points = [
            {
                "task": task,
                "interpreter": cell.interpreter,
                "scenario": cell.name,
                "mib": cell.peak_memory_bytes / 2**20,
                **clipped(cell.throughput),
            }
            for cell in sized
        ]
        for point in points:
            point["front"] = not any(
                (other["mib"] < point["mib"] and other["value"] >= point["value"])
                or (other["mib"] <= point["mib"] and other["value"] > point["value"])
                for other in points
            )
        front = [point for point in points if point["front"]]
        for point in front:  # the ends are named; the rest would cover each other
            ends = (min(front, key=lambda each: each["mib"]), max(front, key=lambda each: each["value"]))
            point["named"] = any(point is end for end in ends)
        rows += points if len(points) > 1 else []
    if not rows:
        return None
    base = alt.Chart().encode(
        x=alt.X(
            "mib:Q", title="peak memory of the process tree in MiB", scale=alt.Scale(type="log", nice=False, padding=12)
        ),
        y=alt.Y("value:Q", title="tasks per second", scale=alt.Scale(type="log", nice=False, padding=12)),
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
        front.transform_filter("datum.named")
        .mark_text(align="left", dx=6, dy=-6, fontSize=10, limit=110)
        .encode(text="scenario:N", color=drawing.colour()),
    )
    return Picture(
        "memory",
        "Throughput against memory",
        "Every scenario of every interpreter: up is faster, left is smaller. The dashed line is the front: what lies "
        "below and right of it is beaten in both by something on it. Its two ends are named.",
        facets(layers, rows, alt.Facet("task:N", title=None, sort=names(rows, "task")), 2),
        rows,
    )


# --- sweeps -----------------------------------------------------------------------------------------------------------


def payload(drawing: Drawing) -> Picture | None:
    """Time per task over the size of what is passed, with the sizes from which another scenario is the better one."""
    rows: Rows = []
    sized = [cell for cell in drawing.cells if cell.ranked and "payload_bytes" in cell.parameters]
    for (label, scenario), cells in by(lambda cell: (cell.interpreter, cell.scenario), sized).items():
        for size, cell in sorted({cell.parameters["payload_bytes"]: cell for cell in cells}.items()):
            rows.append({"interpreter": label, "scenario": scenario, "bytes": size, **inverse(cell, 1e6)})
    if len({row["bytes"] for row in rows}) < 2:
        return None
    chart = lines_of(
        drawing,
        rows,
        alt.X("bytes:Q", title="bytes in, and out again", scale=alt.Scale(type="log")),
        alt.Y("value:Q", title="microseconds per task", scale=alt.Scale(type="log")),
        marks=crossings(rows, "bytes"),
    )
    return Picture(
        "payload",
        "What passing data costs",
        "Microseconds per task by the size of what goes in and comes out again. The scenarios of one interpreter share "
        "its colour and differ in dash and shape; a ring marks where one overtakes serial.",
        chart,
        rows,
    )


def task_length(drawing: Drawing) -> Picture | None:
    """From which length of a task a scenario is worth its own cost: computed from its cost (noop) and its speed-up."""
    rows: Rows = []
    free = {(cell.interpreter, cell.scenario): cell for cell in drawing.cells if cell.task == OVERHEAD and cell.ranked}
    marks: Rows = []
    for label in drawing.labels:
        working = [
            cell for cell in drawing.cells if cell.interpreter == label and cell.task == "python" and cell.ranked
        ]
        serial = next((cell for cell in working if cell.scenario == "serial"), None)
        if serial is None or (label, "serial") not in free:
            continue
        base_us = 1e6 / free[label, "serial"].throughput.value
        length_us = 1e6 / serial.throughput.value - base_us
        for scenario, cells in by(lambda cell: cell.scenario, working).items():
            if scenario == "serial" or (label, scenario) not in free or length_us <= 0:
                continue
            cost_us = 1e6 / free[label, scenario].throughput.value
            best = max(cells, key=lambda cell: cell.throughput.value)
            factor = max(1e-9, 1e6 / best.throughput.value - cost_us) / length_us  # of the work's time that remains
            lengths = [10 ** (power / 4) for power in range(0, 21)]
            rows += [
                {
                    "interpreter": label,
                    "scenario": scenario,
                    "us": us,
                    "value": (base_us + us) / (cost_us + us * factor),
                    "low": None,
                    "high": None,
                }
                for us in lengths
            ]
            if factor < 1 and cost_us > base_us:
                even = (cost_us - base_us) / (1 - factor)
                if lengths[0] <= even <= lengths[-1]:
                    marks.append({"interpreter": label, "scenario": scenario, "us": even, "value": 1.0})
    if not rows:
        return None
    chart = lines_of(
        drawing,
        rows,
        alt.X("us:Q", title="length of a task in microseconds", scale=alt.Scale(type="log")),
        alt.Y("value:Q", title="times the speed of serial", scale=alt.Scale(type="log")),
        marks=marks,
        points=False,
    )
    return Picture(
        "task-length",
        "From what task length a scenario is worth its cost",
        "Computed, not measured at each length: from what a scenario costs per task (noop) and what it gains on the "
        "task in Python code, without an interval. Below 1 it costs more than it gains; a ring marks the break-even.",
        chart,
        rows,
    )


# --- what pictures share ----------------------------------------------------------------------------------------------


def by(key: Callable[[Any], Any], items: Iterable[Any]) -> dict[Any, list[Any]]:
    """``items`` grouped by ``key``, in the order of their first ones."""
    groups: dict[Any, list[Any]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups


def computes(cell: Cell) -> bool:
    return cell.task in ("python", "native-gil", "native-nogil", "native-cffi", "ctypes")


def names(rows: Rows, field: str) -> list[str]:
    return list(dict.fromkeys(row[field] for row in rows))


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


def tip(*fields: str) -> list[alt.Tooltip]:
    numbers = {"value", "low", "high", "ms", "mib", "us", "workers", "bytes", "iteration", "percentile", "n", "seconds"}
    return [alt.Tooltip(f"{name}:Q", format=".4~g") if name in numbers else alt.Tooltip(f"{name}:N") for name in fields]


def lines_of(
    drawing: Drawing, rows: Rows, x: alt.X, y: alt.Y, marks: Rows | None = None, points: bool = True, columns: int = 3
) -> Any:
    """One facet per interpreter, in its colour; scenarios by dash and shape, with a legend. ``marks``, rings drawn on
    top, are added to ``rows``."""
    scenarios = names(rows, "scenario")
    dash = alt.StrokeDash(
        "scenario:N",
        scale=alt.Scale(domain=scenarios, range=[DASHES[at % len(DASHES)] for at in range(len(scenarios))]),
        legend=alt.Legend(title=None, symbolType="stroke", symbolSize=400, symbolStrokeWidth=2),
    )
    # Legends over the same domain become one, here of shapes with dashed borders: so this domain has one value more.
    shape = alt.Shape("scenario:N", legend=None, scale=alt.Scale(domain=[*scenarios, ""]))
    base = alt.Chart().transform_filter("!datum.mark").encode(x=x, y=y, color=drawing.colour())
    layers = [base.mark_line().encode(strokeDash=dash)]
    if points:
        field = str(x.shorthand).split(":")[0]
        layers += [
            *drawn_if(rows, base.mark_rule().encode(y="low:Q", y2="high:Q")),
            base.mark_point(filled=True, size=45, opacity=1).encode(
                shape=shape, tooltip=tip("interpreter", "scenario", field, "value", "low", "high")
            ),
        ]
    if marks:
        rows.extend({**mark, "mark": True} for mark in marks)
        ring = alt.Chart().transform_filter("datum.mark").encode(x=x, y=y)
        layers.append(ring.mark_point(size=180, strokeWidth=1.5, color="gray", shape="circle"))
    facet = alt.Facet("interpreter:N", title=None, sort=drawing.labels)
    return facets(alt.layer(*layers), rows, facet, columns)


def drawn_if(rows: Rows, layer: alt.Chart) -> list[alt.Chart]:
    """The layer of the intervals; none where no row has one."""
    return [layer] if any(row.get("low") is not None for row in rows) else []


def crossings(rows: Rows, field: str) -> Rows:
    """Where a scenario's line crosses serial's, on straight lines between points in logarithms."""
    found = []
    for (label, scenario), line in by(lambda row: (row["interpreter"], row["scenario"]), rows).items():
        serial = {
            row[field]: row["value"] for row in rows if (row["interpreter"], row["scenario"]) == (label, "serial")
        }
        both = [(row[field], row["value"], serial[row[field]]) for row in line if row[field] in serial]
        for (x0, a0, b0), (x1, a1, b1) in zip(both, both[1:]):
            d0, d1 = math.log(a0 / b0), math.log(a1 / b1)
            if d0 * d1 < 0:
                share = d0 / (d0 - d1)
                at = math.exp(math.log(x0) + share * math.log(x1 / x0))
                value = math.exp(math.log(a0) + share * math.log(a1 / a0))
                found.append({"interpreter": label, "scenario": scenario, field: at, "value": value})
    return found


def facets(layers: Any, rows: Rows, facet: alt.Facet, columns: int, height: Any = 180) -> Any:
    """``layers`` over ``rows``: a small picture per value of ``facet``, a large one where there is but one value."""
    field = str(facet.shorthand).split(":")[0]
    count = len(names(rows, field))
    width = WIDTH if count == 1 else FACET
    sized = layers.properties(width=width, height=height)
    return sized.facet(facet=facet, columns=min(columns, count), data=alt.NamedData(name=ROWS))


FULL = "nox -s bench-... (the quick profile) measures it"

#: (title, what would give the data, function): in the order of the page
PICTURES: tuple[tuple[str, str, Callable[[Drawing], Picture | None]], ...] = (
    ("Ratios against the baseline", "name two interpreters or more", forest),
    ("Speed-up over workers", "--concurrency 1,2,4 (or --profile rigorous) measures it", speed_up),
    ("Warm-up", f"the serial scenario with a computing task; {FULL}", warm_up),
    ("Latency by percentile", "--profile latency measures it", latency_curves),
    ("Throughput against memory", FULL, memory),
    ("Payload sweep", "--profile rigorous measures it", payload),
    ("Task length sweep", f"serial and others on the tasks noop and python; {FULL}", task_length),
)
