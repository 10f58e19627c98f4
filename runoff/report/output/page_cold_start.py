# Run by the report (Python 3.9 upward).
"""The page's cold start: what each interpreter takes to begin, and from when on another one is ahead."""

from __future__ import annotations

import statistics

from runoff.analysis import warmup
from runoff.analysis.cells.cell import FOR_CURVES
from runoff.analysis.measured_cells import MeasuredCells
from runoff.analysis.sweep_lines import in_a_line
from runoff.common.loose import Data
from runoff.records.record import OVERHEAD
from runoff.report.output import heat


def content(cells: MeasuredCells) -> Data:
    """Return the start of each interpreter's process and, task by task, its first answers, in seconds."""
    header, measured = cells.header, cells.measured
    crossings = warmup.break_evens(cells)
    points = in_a_line(measured)
    swept = {cell.task for cell in measured if id(cell) in points}
    left_out = (OVERHEAD, *FOR_CURVES, *swept)
    rows: list[Data] = []
    break_evens: list[str] = []
    for label in cells.labels:
        own = [cell for cell in measured if cell.interpreter == label]
        started = [each["startup_ns"] / 1e9 for cell in own for each in cell.invocations]
        if not started:
            continue
        largest = {cell.task: cell for cell in sorted(own, key=lambda cell: cell.batch) if cell.scenario == "serial"}
        tasks: Data = {}
        for task, cell in largest.items():
            if task in left_out:
                continue
            found = warmup.of_cell(cell)
            tasks[task] = {"work": cell.work, "first_answer_s": found.cold_s, "steady_after_s": found.steady_after_s}
            if crossing := crossings.get(id(cell)):
                break_evens.append(f"{task}: {warmup.in_words(label, header['baseline'], crossing)}")
        startup = {"startup_s": statistics.median(started), "startup_range_s": [min(started), max(started)]}
        rows.append({"interpreter": label, **startup, "tasks": tasks})
    names = [task for task in cells.works if any(task in row["tasks"] for row in rows)]
    for task in names:
        heat.add((row["tasks"][task] for row in rows if task in row["tasks"]), lambda cell: 1 / cell["first_answer_s"])
    return {"tasks": names, "rows": rows if names else [], "break_evens": break_evens}
