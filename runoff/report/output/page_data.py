# Run by the report (Python 3.9 upward).
"""All content of the page as plain data, from which the page is drawn and the exports are written."""

from __future__ import annotations

import math
import statistics
import time
from typing import Any

from runoff.analysis import overall_mean
from runoff.analysis.alarms import alarms
from runoff.analysis.cells.cell import Cell
from runoff.analysis.claims import check as claims
from runoff.analysis.comparisons import free_threading, variant_lines
from runoff.analysis.decision import inputs
from runoff.analysis.decision.rule import RULE
from runoff.analysis.decision.sentences import decide
from runoff.analysis.deployable import builds, support
from runoff.analysis.deployable.order import ordered
from runoff.analysis.measured_cells import MeasuredCells, count_outcomes
from runoff.analysis.own import decision as own_decision
from runoff.analysis.ranking import rank
from runoff.common.loose import Data
from runoff.common.paths import shown
from runoff.records import parameters, planned_ways, record, rough_times
from runoff.records.record import OVERHEAD
from runoff.records.schema import Facts, Gil, Header
from runoff.report import pictures
from runoff.report.output import page_cells, page_cold_start, page_workers
from runoff.report.pictures.drawing import Drawing

#: The picture beside the decision: the first of these that the run has.
MAIN = ("forest", "task-length", "speed-up", "memory")


def content(run: record.Run, allow_eol: bool = False) -> Data:
    """Return the page's data.

    Estimates are [value, low, high], with null ends where one invocation gives no interval.
    """
    header = run.header
    of_run = MeasuredCells.of(run)
    cells, measured = of_run.planned, of_run.measured
    ids = {id(cell): at for at, cell in enumerate(cells)}
    floors = {work: floor for work in of_run.works.values() if (floor := of_run.floor(work))}
    given = inputs.gather(of_run, allow_eol)
    task = next(iter(given["options"]))
    found = decide(given, task, given["defaults"])
    own = own_decision.decide(of_run, allow_eol) if "workload" in header else None
    drawn, missing = pictures.draw(Drawing(of_run))
    return {
        "run": _run(run),
        "interpreters": _interpreters(run, cells),
        "decision": {
            "given": given,
            "task": task,
            "found": finite({**found, "lines": own or found["lines"]}),
            "own": own,
            "words": RULE,
        },
        "own": _own(header),
        "brief": _brief(of_run),
        "cells": page_cells.content(run, of_run),
        "named": parameters.BARE,
        "claims": claims.check(of_run, ids),
        "pictures": drawn,
        "main": next((name for name in MAIN if name in {picture.name for picture in drawn}), ""),
        "transports": page_workers.over_transports(of_run, ids),
        "kills": page_workers.killed(measured, ids),
        "cold": page_cold_start.content(of_run),
        "trust": {
            "alarms": alarms(run, cells),
            "floors": [f"{work}: {floor.in_words}" for work, floor in floors.items()],
            "smallest": _smallest(measured),
            "summary": [
                *overall_mean.in_words(cells, header["baseline"]),
                *variant_lines.in_words(of_run),
                *free_threading.in_words(of_run),
            ],
            "outcomes": count_outcomes(cells),
            "unranked": [cell.place for cell in measured if not cell.ranked],
        },
        "missing": [*missing, *_unmeasured(cells, measured)],
    }


def _own(header: Header) -> Data | None:
    """Return the gate and the plan of a person's own function; None in a run of sample tasks."""
    if "workload" not in header:
        return None
    gate = header.get("gate", [])
    names = dict.fromkeys(row["check"] for verdict in gate for row in verdict["rows"])
    own = header["workload"]
    shown = {name: own.get(name) for name in ("function", "inputs", "varies", "cached", "plan", "left_out")}
    planned = planned_ways.lines(own) if own.get("plan") else []
    calls = [rough_times.in_words(verdict["times"]) if verdict["times"] else "" for verdict in gate]
    return {**shown, "planned": planned, "gate": gate, "checks": list(names), "calls": calls}


def _run(run: record.Run) -> Data:
    header = run.header
    kept = (
        "profile",
        "command",
        "baseline",
        "seed",
        "budget_s",
        "invocations",
        "min_invocations",
        "code",
        "timeout_s",
        "work",
    )
    began = header.get("started_at")
    return {
        **{name: header.get(name) for name in kept},
        "machine": header["machine"],
        "noise_before": header.get("noise_before"),
        "noise_after": header.get("noise_after"),
        "folder": shown(run.folder),
        "began": time.strftime("%Y-%m-%d %H:%M", time.localtime(began)) if began else "unknown",
        "finished": header.get("finished_at") is not None,
        "invocations_run": len(run.records),
    }


def _interpreters(run: record.Run, cells: list[Cell]) -> list[Data]:
    """Return what each interpreter is, what is installed or missing, and what became of the GIL."""
    rows = []
    ended = support.ended(run.header)
    for label in ordered(run.header["interpreters"]):
        facts = run.header["interpreters"][label]
        line = support.line_of(facts)
        own = [each for cell in cells if cell.interpreter == label for each in cell.invocations]
        seen = [gil for each in own if (gil := each["gil"])]
        rows.append(
            {
                "label": label,
                "described": facts["described"],
                "baseline": label == run.header["baseline"],
                "language": facts.get("python", ""),
                "version": facts.get("python_full", ""),
                "build": facts.get("sys_version", facts.get("build", "")),
                "made": builds.in_words(facts),
                "support": line.in_words if line else "not in the table",
                "ended": str(ended[label]) if label in ended else "",
                "jit": facts.get("jit"),
                "gil": _gil_text(facts, seen),
                "packages": facts.get("packages", []),
                "missing": facts.get("missing", {}),
                "modules": facts.get("modules", {}),
                "capabilities": facts.get("capabilities", []),
            }
        )
    return rows


def _gil_text(facts: Facts, seen: list[Gil]) -> str:
    if any(each.get("at_start") is False and each.get("at_end") for each in seen):
        return "came back while it ran"
    if seen and all(each.get("at_end") is False for each in seen):
        return "none, to the end"
    if seen:
        return "held"
    given = facts.get("gil")
    return "unknown" if given is None else "held" if given else "none"


def _brief(cells: MeasuredCells) -> Data:
    """Return the matrix in brief: the best scenario of every interpreter and task."""
    rows: Data = {label: {} for label in cells.labels}
    for task, work in cells.works.items():
        places = rank(cells, work).by_interpreter
        for label, of_task in rows.items():
            place = places.get(label)
            if place is None:
                of_task[task] = {"reason": _why_none(cells.planned, label, task)}
                continue
            of_task[task] = {
                "scenario": place.cell.name,
                "throughput": place.cell.throughput.as_list,
                "ratio": place.ratio.as_list if place.ratio else None,
                "verdict": place.verdict,
                "badge": place.cell.badge,
            }
    return {"tasks": list(cells.works), "works": list(cells.works.values()), "rows": rows}


def _why_none(cells: list[Cell], label: str, task: str) -> str:
    own = [cell for cell in cells if cell.interpreter == label and cell.task == task]
    return f"{own[0].outcome}: {own[0].reason}" if own else "not planned"


def _smallest(measured: list[Cell]) -> str:
    """Return the smallest difference that this run can see: twice the half-width of a typical cell."""
    widths = [cell.throughput.half_width for cell in measured if cell.throughput.low is not None]
    if not widths:
        return "one invocation per cell: no difference can be told from noise"
    counts = sorted({len(cell.invocations) for cell in measured})
    smallest = math.expm1(math.sqrt(2) * statistics.median(widths))
    many = f"{counts[0]} to {counts[-1]}" if counts[0] != counts[-1] else f"{counts[0]}"
    return f"with {many} invocations a cell, two typical cells must differ by {100 * smallest:.1f} % to be told apart"


def _unmeasured(cells: list[Cell], measured: list[Cell]) -> list[tuple[str, str]]:
    """Return the sections of the page without data in this run, and what would give it."""
    missing = []
    if not any(cell.transport for cell in cells):
        missing.append(("Transports and their guarantees", "--scenario distributed measures them"))
    if not any("kills" in cell.parameters for cell in measured):
        missing.append(("Killing workers, and how fast their tasks are back", "--profile transports measures it"))
    if not any(cell.for_latency for cell in cells):
        missing.append(("Latency: p50, p99 and the worst", "--profile latency measures it"))
    if not any(cell.task == OVERHEAD for cell in measured):
        missing.append(("What a scenario costs by itself", "the task noop measures it"))
    return missing


def finite(value: Any) -> Any:
    """Return ``value`` (plain data) with None for what is not a number, which JSON cannot express."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        return [finite(each) for each in value]
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    return value
