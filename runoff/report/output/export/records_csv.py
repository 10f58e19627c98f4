# Run by the report (Python 3.9 upward): nox -s export [-- RUN_FOLDER]
"""The records of a run as CSV: a row for each invocation, and one for each iteration."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from runoff.records import record
from runoff.records.schema import Record

#: Fields of a record with one value each, for the CSV files.
SCALARS = tuple(
    name
    for name in record.FIELDS
    if name
    not in (
        *("parameters", "iterations_ns", "paces_ns", "compiling_ns", "failures", "context_switches", "gil", "clock"),
        *("answered_by", "worker_answers", "kills", "guarantees", "latency", "memory_series"),
    )
)


def write(run: record.Run, into: Path) -> list[Path]:
    """Write invocations.csv and iterations.csv into ``into``; return their paths."""
    invocations, iterations = into / "invocations.csv", into / "iterations.csv"
    parameters = list(dict.fromkeys(name for each in run.records for name in each["parameters"]))
    names = ("interpreter", "scenario", "task", "batch", *parameters, "block")
    with invocations.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow([*SCALARS, *parameters, "iterations", "failures"])
        for each in run.records:
            counted = len(each["iterations_ns"] or ()), sum((each["failures"] or {}).values())
            fields = dict(each)
            rows.writerow([*(fields[name] for name in SCALARS), *_values(each, parameters), *counted])
    with iterations.open("w", newline="", encoding="utf-8") as stream:
        rows = csv.writer(stream)
        rows.writerow([*names, "iteration", "time_ns"])
        for each in run.records:
            own = [each["interpreter"], each["scenario"], each["task"], each["batch"]]
            cell = [*own, *_values(each, parameters), each["block"]]
            rows.writerows([*cell, at, time_ns] for at, time_ns in enumerate(each["iterations_ns"] or ()))
    return [invocations, iterations]


def _values(each: Record, parameters: list[str]) -> list[Any]:
    values = [each["parameters"].get(name) for name in parameters]
    return [" ".join(map(str, value)) if isinstance(value, list) else value for value in values]
