"""pyperf files that pyperf itself reads, and CSV, from a run made here."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

from runoff.common.errors import BadInput
from runoff.common.paths import RESULTS
from runoff.records import cell_keys, record
from runoff.report.output.export import pyperf_export

MACHINE = {"system": "Linux", "kernel": "6.1", "machine": "x86_64", "cpu": "A CPU", "cores": 2}


def one(interpreter: str, scenario: str, block: int, times: list[float], **changes) -> dict:
    """A record of an invocation; ``times`` in milliseconds, the cold one first."""
    return {
        **dict.fromkeys(record.FIELDS),
        "schema": record.SCHEMA,
        "interpreter": interpreter,
        "scenario": scenario,
        "task": "python",
        "batch": 8,
        "parameters": {"concurrency": 2} if scenario == "thread-pool" else {},
        "block": block,
        "status": "ok",
        "iterations_ns": [int(ms * 1e6) for ms in times],
        "paces_ns": [900_000, *[None] * len(times)],
        "compiling_ns": [0] * len(times),
        "failures": {},
        "wall_s": 0.5,
        "load_1m": 0.1,
        "peak_memory_bytes": 10**7,
        "memory_kind": "pss",
        "hash_seed": 7,
        "started_at": 1.7e9 + block,
        **changes,
    }


def interpreter(full: str) -> dict:
    return {"implementation": "CPython", "python_full": full, "compiler": "GCC\n 12.2"}


@pytest.fixture
def run(tmp_path):
    labels = {"cpython-3.13": "3.13.0", "cpython-3.13t": "3.13.5"}
    header = {"machine": MACHINE, "profile": "quick", "seed": 1, "interpreters": {}}
    header["interpreters"] = {label: interpreter(full) for label, full in labels.items()}
    records = []
    for at, label in enumerate(labels):
        for block in range(5):
            steady = [50.0 + at + 0.01 * ((block * 7 + i * 3) % 5) for i in range(12)]
            records.append(one(label, "serial", block, [60.0, *steady]))
    records.append(one("cpython-3.13", "thread-pool", 0, [30.0, 25.0, 25.1]))
    records.append(one("cpython-3.13t", "thread-pool", 0, [30.0], status="crashed", iterations_ns=None))
    return record.Run(tmp_path, header, tuple(records))


def pyperf(*arguments: object) -> str:
    command = [sys.executable, "-m", "pyperf", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout


def test_pyperf_reads_the_files_without_a_complaint(run, tmp_path):
    pyperf_export.export(run, tmp_path / "out")
    common = tmp_path / "out" / "pyperf" / "common"
    first, second = common / "cpython-3.13.json", common / "cpython-3.13t.json"
    assert "50.0 ms" in pyperf("show", first)
    assert "python_version: 3.13.0" in pyperf("metadata", first)
    assert "Number of values: 60" in pyperf("stats", first).replace("Total number of values", "Number of values")
    assert "1.02x slower" in pyperf("compare_to", first, second)
    assert "stable" in pyperf("check", first)
    assert "#" in pyperf("hist", first, second)


def test_a_value_is_an_iteration_in_seconds_and_the_cold_one_its_warm_up(run, tmp_path):
    pyperf_export.export(run, tmp_path)
    suite = json.loads((tmp_path / "pyperf" / "cpython-3.13.json").read_text())
    assert suite["version"] == "1.0"
    by_name = {each["metadata"]["name"]: each for each in suite["benchmarks"]}
    pool = by_name["thread-pool/python/batch=8,concurrency=2"]
    assert pool["metadata"]["unit"] == "second"
    assert [(each["values"], each["warmups"]) for each in pool["runs"]] == [([0.025, 0.0251], [[1, 0.03]])]
    assert len(by_name["serial/python/batch=8"]["runs"]) == 5
    assert all("\n" not in value for value in suite["metadata"].values() if isinstance(value, str))


def test_common_has_what_every_interpreter_completed(run, tmp_path):
    pyperf_export.export(run, tmp_path)
    for label in run.header["interpreters"]:
        suite = json.loads((tmp_path / "pyperf" / "common" / f"{label}.json").read_text())
        assert [each["metadata"]["name"] for each in suite["benchmarks"]] == ["serial/python/batch=8"]


def test_a_cell_that_failed_once_is_not_exported_as_if_it_had_not(run, tmp_path):
    failed = one("cpython-3.13", "serial", 5, [], status="failed", iterations_ns=None)
    pyperf_export.export(record.Run(run.folder, run.header, (*run.records, failed)), tmp_path)
    suite = json.loads((tmp_path / "pyperf" / "cpython-3.13.json").read_text())
    assert [each["metadata"]["name"] for each in suite["benchmarks"]] == ["thread-pool/python/batch=8,concurrency=2"]


def test_csv_has_every_invocation_and_every_iteration(run, tmp_path):
    pyperf_export.export(run, tmp_path)
    with (tmp_path / "invocations.csv").open(newline="") as stream:
        invocations = list(csv.DictReader(stream))
    with (tmp_path / "iterations.csv").open(newline="") as stream:
        iterations = list(csv.DictReader(stream))
    assert len(invocations) == len(run.records)
    assert [row["status"] for row in invocations].count("crashed") == 1
    assert len(iterations) == 10 * 13 + 3
    assert iterations[0]["time_ns"] == "60000000"
    assert not [value for row in invocations for value in row.values() if value[:1] in ("[", "{")]
    pooled = [row for row in iterations if row["scenario"] == "thread-pool"]
    assert {row["concurrency"] for row in pooled} == {"2"}


def test_the_rows_of_no_two_cells_are_alike_and_every_field_is_one_value(tmp_path):
    run = record.read(next(RESULTS.glob(f"*/reference-transports/{record.HEADER}")).parent)
    pyperf_export.export(run, tmp_path)
    with (tmp_path / "invocations.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    cells = {cell_keys.cell_key(each): each for each in run.records}
    parameters = {name for each in cells.values() for name in each["parameters"]}
    own = ("interpreter", "scenario", "task", "batch", *parameters)
    assert len({tuple(row[name] for name in own) for row in rows}) == len(cells)
    assert not [value for row in rows for value in row.values() if value[:1] in ("[", "{")]


def test_a_run_without_numbers_is_refused(run, tmp_path):
    with pytest.raises(BadInput, match="nothing was measured"):
        pyperf_export.export(record.Run(run.folder, run.header, ()), tmp_path)
