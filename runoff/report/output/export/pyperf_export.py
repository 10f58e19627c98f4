# Run by the report (Python 3.9 upward): nox -s export [-- RUN_FOLDER]
"""One run as pyperf files, one for each interpreter; the records as CSV beside them.

A pyperf value is the time of one iteration (a batch of ``n`` tasks) in seconds; the cold iteration is its warm-up.
pyperf checks these rules: values above 0, warm-ups as [loops, value], metadata scalar, non-empty and of one line, and a
name and a unit for every benchmark. pyperf hist fails for files with different benchmarks, so those that every
interpreter completed are written once more, into common/.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from runoff.common.errors import BadInput
from runoff.common.loose import Data
from runoff.common.paths import shown
from runoff.records import cell_keys, record
from runoff.records.schema import Record
from runoff.report.output.export import records_csv

Benchmarks = dict[str, Data]


def export(run: record.Run, into: Path) -> list[Path]:
    """Write ``run`` below ``into``: pyperf/LABEL.json, pyperf/common/LABEL.json, invocations.csv, iterations.csv."""
    files = {label: _benchmarks(run, label) for label in run.header["interpreters"]}
    files = {label: benchmarks for label, benchmarks in files.items() if benchmarks}
    if not files:
        raise BadInput(f"{shown(run.folder)}: nothing was measured, so there is nothing to export; name another run")
    common = set.intersection(*(set(benchmarks) for benchmarks in files.values()))
    written = []
    for label, benchmarks in files.items():
        written.append(_write(into / "pyperf" / f"{label}.json", benchmarks, run, label))
        if common:
            shared = {name: value for name, value in benchmarks.items() if name in common}
            written.append(_write(into / "pyperf" / "common" / f"{label}.json", shared, run, label))
    return [*written, *records_csv.write(run, into)]


def benchmark_name(each: Record) -> str:
    """Return the cell without its interpreter: process-pool/python/batch=8,concurrency=2,start_method=fork."""
    return cell_keys.cell_key(each).split("/", 1)[1]


def _benchmarks(run: record.Run, label: str) -> Benchmarks:
    """Return {name: pyperf benchmark} for the cells of ``label`` of which every invocation succeeded."""
    found: Benchmarks = {}
    bad = set()
    for each in run.records:
        if each["interpreter"] != label:
            continue
        name = benchmark_name(each)
        if each["status"] != record.OK:
            bad.add(name)
            continue
        times = [time_ns / 1e9 for time_ns in each["iterations_ns"]]
        one = {"values": times[1:] or times, "metadata": _of_invocation(each)}
        if times[1:]:
            one["warmups"] = [[1, times[0]]]
        metadata = {"name": name, "unit": "second", "loops": 1, "scenario": each["scenario"], "task": each["task"]}
        found.setdefault(name, {"metadata": {**metadata, "tasks": each["batch"]}, "runs": []})["runs"].append(one)
    return {name: benchmark for name, benchmark in found.items() if name not in bad}


def _of_invocation(each: Record) -> Data:
    begun = each["started_at"] and datetime.datetime.fromtimestamp(each["started_at"])
    metadata = {
        "date": begun.strftime("%Y-%m-%d %H:%M:%S.%f") if begun else None,
        "duration": each["wall_s"],
        "load_avg_1min": each["load_1m"],
        "mem_max_rss": each["peak_memory_bytes"] if each["memory_kind"] == "rss" else None,
        "peak_pss": each["peak_memory_bytes"] if each["memory_kind"] == "pss" else None,
        "python_hash_seed": each["hash_seed"],
        "block": each["block"],
    }
    return {name: value for name, value in metadata.items() if value is not None}


def _write(path: Path, benchmarks: Benchmarks, run: record.Run, label: str) -> Path:
    machine, interpreter = run.header["machine"], run.header["interpreters"][label]
    metadata = {
        "python_implementation": str(interpreter.get("implementation", "unknown")).lower(),
        "python_version": interpreter.get("python_full"),
        "python_compiler": interpreter.get("compiler"),
        "platform": "-".join(str(machine.get(name)) for name in ("system", "kernel", "machine")),
        "cpu_model_name": machine["cpu"],
        "cpu_count": machine["cores"],
        "runoff_profile": run.header["profile"],
        "runoff_seed": run.header["seed"],
    }
    metadata = {name: _one_line(value) for name, value in metadata.items() if value not in (None, "")}
    path.parent.mkdir(parents=True, exist_ok=True)
    suite = {"version": "1.0", "metadata": metadata, "benchmarks": list(benchmarks.values())}
    path.write_text(json.dumps(suite) + "\n", encoding="utf-8")
    return path


def _one_line(value: Any) -> Any:
    return " ".join(value.split()) if isinstance(value, str) else value
