# Run by the report (Python 3.9 upward).
"""The page's workers behind transports: their speed as a matrix, and what came of killing them."""

from __future__ import annotations

from runoff.analysis import recovery, transports
from runoff.analysis.cells.cell import Cell
from runoff.analysis.measured_cells import MeasuredCells
from runoff.common.loose import Data
from runoff.report.output import heat


def over_transports(cells: MeasuredCells, ids: dict[int, int]) -> Data:
    """Return what the section of transports says, its rows as a matrix of transport and interpreter as well."""
    found = transports.content(cells.measured, cells.driven, ids)
    labels = [label for label in cells.labels if any(row["interpreter"] == label for row in found["rows"])]
    lines: dict[tuple[str, str], Data] = {}
    for row in found["rows"]:
        lent = f", workers {row['workers']}" if row["workers"] else ""
        if row["throughput"]:
            line = lines.setdefault((row["work"], row["transport"] + lent), {})
            best = line.get(row["interpreter"])
            if best is None or row["throughput"][0] > best["throughput"]:
                over = row["over_memory"]
                line[row["interpreter"]] = {
                    "cell": row["cell"],
                    "throughput": row["throughput"][0],
                    "over_memory": over[0] if over else None,
                }
    for line in lines.values():
        heat.add(line.values(), lambda cell: float(cell["throughput"]))
    rows = [
        {"work": work, "transport": transport, "cells": [line.get(label) for label in labels]}
        for (work, transport), line in lines.items()
    ]
    return {**found, "matrix": {"labels": labels, "rows": rows}}


def killed(measured: list[Cell], ids: dict[int, int]) -> list[Data]:
    """Return the cells with killed workers: how soon their tasks were answered, and what was lost."""
    return [
        {
            "interpreter": cell.interpreter,
            "transport": cell.transport,
            "name": cell.name,
            "work": cell.work,
            "cell": ids[id(cell)],
            "guarantees": transports.promised(cell),
            "killed": found.killed,
            "rate": found.rate,
            "back_ms": found.median_ms.as_list,
            "worst_ms": max(found.gaps_ms),
            "gaps_ms": found.gaps_ms,
            "tasks": found.tasks,
            "lost": found.lost,
            "twice": found.twice,
            "resent": found.resent,
        }
        for cell, found in recovery.of_each(measured)
    ]
