# Run by the report (Python 3.9 upward).
"""Sweeps of one parameter, with one line per transport or scenario and marks where it breaks even with serial."""

from __future__ import annotations

import math
from typing import Any

import altair as alt

from runoff.analysis.cells.cell import Cell
from runoff.analysis.sweep_lines import SERIAL, Line, against_serial, by, crossings, over_serial, swept
from runoff.common.wording import duration, listed, short, size
from runoff.records.record import OVERHEAD
from runoff.report.pictures.drawing import LOG, Drawing, Picture, Rows, clipped, inverse, lines_of
from runoff.stats.intervals import Estimate

LENGTHS_US = [10 ** (power / 4) for power in range(0, 21)]  # points of a computed curve


def payload(drawing: Drawing) -> Picture | None:
    """Draw the time per task over the payload's size, with the break-even sizes; return None without payloads."""
    lines = swept([cell for cell in drawing.cells if cell.parameters.get("payload_bytes")], "payload_bytes")
    if not lines:
        return None
    rows: Rows = [
        {"interpreter": label, "scenario": name, "bytes": count, **inverse(cell, 1e6)}
        for (label, name), line in lines.items()
        for count, cell in line.items()
    ]
    found = over_serial(lines)
    marks = [
        {"interpreter": label, "scenario": name, "bytes": at, "value": _on_line(lines[label, name], at)}
        for (label, name), line in found.items()
        for at in crossings(line)
    ]
    largest = max(row["bytes"] for row in rows)
    dearest = max((row for row in rows if row["bytes"] == largest), key=lambda row: row["value"])
    costs = (
        f"{size(largest)} cost up to {duration(dearest['value'])} ({dearest['scenario']} on {dearest['interpreter']})."
    )
    chart = lines_of(
        drawing,
        rows,
        alt.X("bytes:Q", title="bytes in, and out again", scale=LOG, axis=alt.Axis(format="~s")),
        alt.Y("value:Q", title="microseconds per task", scale=LOG),
        marks=marks,
    )
    return Picture(
        "payload",
        "What passing data costs",
        f"{against_serial(found, size)} {costs}".strip(),
        "Microseconds per task by the size of what goes in and comes out again, 95 % intervals. Scenarios and "
        "transports of one interpreter share its colour and differ in dash and shape; a ring marks where one and "
        "serial cross, where there is no doubt on either side.",
        chart,
        rows,
    )


def length(drawing: Drawing) -> Picture | None:
    """Draw the speed over serial by the length of a task; return None without data.

    The curve is measured where the run has the task ``length``, and else computed from noop and python.
    """
    measured = swept(drawing.cells, "length_ms", "batch")  # many short tasks, few long ones
    found = {key: [(1000 * ms, ratio) for ms, ratio in line] for key, line in over_serial(measured).items()}
    how = "Measured at each length, 95 % intervals, against the same tasks one after another on the same interpreter."
    if not found:
        found = _computed(drawing)
        how = (
            "Computed, not measured at each length: from what a scenario costs per task (noop) and what it gains on "
            "the task in Python code, without an interval."
        )
    if not found:
        return None
    rows: Rows = [
        {"interpreter": label, "scenario": name, "us": us, **clipped(ratio)}
        for (label, name), line in found.items()
        for us, ratio in line
    ]
    marks = [
        {"interpreter": label, "scenario": name, "us": at, "value": 1.0}
        for (label, name), line in found.items()
        for at in crossings(line)
    ]
    chart = lines_of(
        drawing,
        rows,
        alt.X("us:Q", title="length of a task in microseconds", scale=LOG, axis=alt.Axis(format="~s")),
        alt.Y("value:Q", title="times the speed of serial", scale=LOG),
        marks=marks,
        points=bool(over_serial(measured)),
    )
    return Picture(
        "task-length",
        "From what task length a way is worth its cost",
        against_serial(found, duration),
        f"{how} Below 1 it costs more than it gains; a ring marks the break-even, where straight lines cross.",
        chart,
        rows,
    )


def _computed(drawing: Drawing) -> dict[tuple[str, str], Line]:
    """Compute the speed over serial from a scenario's cost (noop) and its gain on python, both taken as exact."""
    found: dict[tuple[str, str], Line] = {}
    free = {(cell.interpreter, cell.scenario): cell for cell in drawing.cells if cell.task == OVERHEAD and cell.ranked}
    for label in drawing.labels:
        own = [cell for cell in drawing.cells if cell.interpreter == label and cell.task == "python" and cell.ranked]
        serial = next((cell for cell in own if cell.scenario == SERIAL), None)
        if serial is None or (label, SERIAL) not in free:
            continue
        base_us = _us(free[label, SERIAL])
        length_us = _us(serial) - base_us
        for scenario, cells in by(lambda cell: cell.scenario, own).items():
            if scenario == SERIAL or (label, scenario) not in free or length_us <= 0:
                continue
            cost_us = _us(free[label, scenario])
            # The share of the work's time that remains.
            share = max(1e-9, min(map(_us, cells)) - cost_us) / length_us
            ratios = [(us, (base_us + us) / (cost_us + us * share)) for us in LENGTHS_US]
            found[label, scenario] = [(us, Estimate(ratio, ratio, ratio)) for us, ratio in ratios]
    return found


def in_flight(drawing: Drawing) -> Picture | None:
    """Draw the throughput by the number of tasks in flight; return None without such cells."""
    return _throughput(
        drawing,
        "in_flight",
        "in-flight",
        "Tasks under way at once",
        "Tasks per second by how many the client has under way, 95 % intervals, one line per transport. With one, each "
        "task waits for the whole way there and back; with many, they share frames and wake-ups.",
    )


def credit(drawing: Drawing) -> Picture | None:
    """Draw the throughput by a worker's credit; return None without such cells."""
    return _throughput(
        drawing,
        "credit",
        "credit",
        "What a worker is given ahead",
        "Tasks per second by how many unsettled tasks a client may have at one worker, 95 % intervals. Little credit "
        "leaves workers waiting; much of it is what a killed worker loses and another one has to run again.",
    )


def _throughput(drawing: Drawing, parameter: str, name: str, title: str, how: str) -> Picture | None:
    rows: Rows = [
        {"interpreter": label, "scenario": line_name, parameter: value, **clipped(cell.throughput)}
        for (label, line_name), line in swept(drawing.cells, parameter).items()
        for value, cell in line.items()
    ]
    if not rows:
        return None
    values = sorted({row[parameter] for row in rows})
    chart = lines_of(
        drawing,
        rows,
        alt.X(f"{parameter}:Q", title=title.lower(), scale=alt.Scale(type="log", base=2), axis=alt.Axis(values=values)),
        alt.Y("value:Q", title="tasks per second", scale=LOG),
    )
    growth = []
    for (label, line_name), line in by(lambda row: (row["interpreter"], row["scenario"]), rows).items():
        first, best = line[0], max(line, key=lambda row: row["value"])
        grown = f"{short(best['value'] / first['value'])} times from {first[parameter]} to {best[parameter]}"
        words = f"{line_name} on {label} {'not at all' if best is first else grown}"
        growth.append((best["value"] / first["value"], words))
    most = listed([words for _, words in sorted(growth, reverse=True)])
    return Picture(name, title, f"Tasks per second grow: {most}.", how, chart, rows)


def _on_line(line: dict[Any, Cell], at: float) -> float:
    """Return the microseconds per task of ``line`` at ``at``, interpolated linearly in logarithms."""
    points = list(line.items())
    (x0, one), (x1, other) = next(pair for pair in zip(points, points[1:]) if pair[0][0] <= at <= pair[1][0])
    share = math.log(at / x0) / math.log(x1 / x0) if x0 else at / x1
    return float(_us(one) * (_us(other) / _us(one)) ** share)


def _us(cell: Cell) -> float:
    return 1e6 / cell.throughput.value
