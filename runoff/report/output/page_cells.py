# Run by the report (Python 3.9 upward).
"""The page's matrix as plain data: every cell with its iterations, the end of its log, and what repeats it."""

from __future__ import annotations

import math
import re
from pathlib import Path

from runoff.analysis import latency, transports
from runoff.analysis.cells.cell import Cell
from runoff.analysis.decision import inputs
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.loose import Data
from runoff.common.paths import scrub
from runoff.records import cell_keys, cell_options, record
from runoff.records.schema import Record
from runoff.stats.intervals import Estimate, geometric_mean

ITERATIONS = 200_000  # raw iteration times on a page: some seven bytes each
LOG_LINES = 12
LOG_CHARACTERS = 1500
LOGS = 400  # cells of a page whose log is in it: failed ones first
#: What the driver puts into the environment of an invocation, so that its stack begins elsewhere.
PADDING = re.compile("RUNOFF_PADDING=(x+) ")


def content(run: record.Run, of_run: MeasuredCells) -> list[Data]:
    """Return every cell with raw iterations, reason, end of its log, and the commands that repeat it."""
    cells = of_run.planned
    total = sum(len(each["iterations_ns"] or ()) for cell in cells for each in cell.invocations)
    apart = max(1, math.ceil(total / ITERATIONS))
    logs = {id(cell) for cell in sorted(cells, key=lambda cell: cell.status in (record.OK, record.SKIPPED))[:LOGS]}
    last = {cell_keys.cell_key(each): each for each in run.records}
    rows = []
    for at, cell in enumerate(cells):
        ok = cell.measured
        key = cell.key
        _, comparison, verdict = of_run.over_baseline.get(id(cell), (None, None, ""))
        speeds = inputs.speeds(cell) if ok else []
        log, by_hand = _log(run, last.get(key)) if id(cell) in logs else ([], "")
        rows.append(
            {
                "id": at,
                "interpreter": cell.interpreter,
                "scenario": cell.scenario,
                "name": cell.name,
                "task": cell.task,
                "batch": cell.batch,
                "parameters": cell.parameters,
                "transport": cell.transport,
                "guarantees": transports.promised(cell),
                "balance": transports.balance(cell),
                "status": cell.outcome,
                "reason": cell.reason or "",
                "badge": cell.badge,
                "state": cell.state if ok else "",
                "ranked": ok and cell.ranked,
                "throughput": _throughput(cell, speeds).as_list if speeds else None,
                "range": [min(speeds), max(speeds)] if speeds else None,
                "ratio": comparison.ratio.as_list if comparison else None,
                "verdict": verdict,
                "latency": [latency.in_words(row) for row in latency.of_cell(cell)] if ok and cell.for_latency else [],
                "cpu_s_per_1000": cell.cpu_s_per_1000 if ok else None,
                "brokered": ok and cell.brokered,
                "broker_cpu_s_per_1000": cell.broker_cpu_s_per_1000 if ok else None,
                "memory_mib": cell.peak_memory_bytes / 2**20 if ok and cell.peak_memory_bytes else None,
                "broker_memory_mib": cell.broker_peak_memory_bytes / 2**20 if cell.broker_peak_memory_bytes else None,
                "failures": dict(cell.failures),
                "invocations": [
                    _invocation(each, steady.start, apart) for each, steady in zip(cell.invocations, cell.steadiness)
                ],
                "every": apart,
                "log": log,
                "by_hand": by_hand,
                "repeat": cell_options.command(cell.data, run.header),
            }
        )
    return rows


def _throughput(cell: Cell, speeds: list[float]) -> Estimate:
    """Return the tasks per second of ``cell``; of one that is driven at loads, those of its closed loop."""
    return geometric_mean(speeds) if cell.for_latency else cell.throughput


def _invocation(each: Record, start: int | None, apart: int) -> Data:
    times = each["iterations_ns"] or []
    return {
        "block": each["block"],
        "us": [round(ns / 1000) for at, ns in enumerate(times) if at % apart == 0],
        "count": len(times),
        "steady_from": start,
        "startup_ms": each["startup_ns"] / 1e6 if each["startup_ns"] is not None else None,
        "tainted": each.get("tainted") or "",
        "answers": each.get("worker_answers") or [],
    }


def _log(run: record.Run, last: Record | None) -> tuple[list[str], str]:
    """Return the last lines of a cell's last log, and its command without this machine's paths and with short padding.

    Return ([], "") where the folder was not kept.
    """
    if last is None or not last.get("folder"):
        return [], ""
    try:
        text = (run.folder / "invocations" / str(last["folder"]) / "log.txt").read_text("utf-8", "replace")
    except OSError:
        return [], ""
    first, _, rest = _local(text, run.folder).partition("\n")
    command = first.removeprefix("$ ").partition("&& ")[2] or first
    command = PADDING.sub(lambda found: rf"RUNOFF_PADDING=$(head -c {len(found[1])} /dev/zero | tr '\0' x) ", command)
    return rest[-LOG_CHARACTERS:].splitlines()[-LOG_LINES:], command


def _local(text: str, folder: Path) -> str:
    return str(scrub(text.replace(str(folder), "RUN")))
