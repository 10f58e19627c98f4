"""Runs with made-up times for the tests of the report: what matters there is their shape."""

from __future__ import annotations

import random
from pathlib import Path

from bench import record

FACTS = {"python": "3.13", "implementation": "CPython", "gil": True, "jit": None, "capabilities": ["threads"]}
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"


def cell(interpreter, scenario, task, n=8, skip=None, **parameters):
    names = {"interpreter": interpreter, "scenario": scenario, "task": task, "n": n, "parameters": parameters}
    return {**names, "skip": skip}


def invocations(planned, seconds, count=5, noise=0.01, status="ok", reason=None, **changes):
    """One record per invocation; ``seconds`` for each batch, with noise."""
    chance = random.Random(record.cell_key(planned))
    for block in range(count if status == "ok" else 1):
        times = [int(seconds * 1e9 * chance.gauss(1, noise)) for _ in range(7)]
        times[0] = int(times[0] * 1.6)
        yield {
            **dict.fromkeys(record.FIELDS),
            **{name: value for name, value in planned.items() if name != "skip"},
            "schema": record.SCHEMA,
            "block": block,
            "attempt": 0,
            "status": status,
            "reason": reason,
            "startup_ns": 20_000_000,
            "open_ns": 1_000_000,
            "open_cpu_s": 0.05,
            "cpu_s": 0.05 + seconds * 7,
            "checked": planned["n"] * 7,
            "cold_ns": times[0],
            "first_answer_ns": 20_000_000 + times[0],
            "iterations_ns": times if status == "ok" else None,
            "peak_memory_bytes": int((10 + 40 * chance.random()) * 2**20),
            "memory_kind": "pss",
            "folder": f"{block}-{len(planned['interpreter'])}",
            "padding_bytes": 3,
            **changes,
        }


def kills(*gaps_ms, lost=0, twice=0):
    """The field ``kills`` of a record."""
    return {
        "killed": len(gaps_ms),
        "rate": 250.0,
        "gaps_ns": [int(gap * 1e6) for gap in gaps_ms],
        "tasks": 300 * len(gaps_ms),
        "lost": lost,
        "twice": twice,
        "resent": len(gaps_ms),
        "bin_ns": 10_000_000,
        "timeline": [[2] * 20 + [0] + [2] * 79 for _ in gaps_ms],
        "killed_bin": 20,
    }


def run(folder: Path, labels, cells, records, **changes) -> record.Run:
    header = {
        "profile": "quick",
        "command": "nox -s bench-cpython",
        "baseline": labels[0],
        "seed": 1,
        "least": 3,
        "budget_s": 60.0,
        "machine": {"cores": 4, "cpu": "a processor", "system": "Linux", "kernel": "6", "memory_bytes": 2**34},
        "noise_before": {"load_1m": 0.0},
        "interpreters": {label: {**FACTS, "described": f"CPython, {label}"} for label in labels},
        "cells": cells,
        "started_at": 1.7e9,
        "finished_at": 1.7e9,
        **changes,
    }
    return record.Run(folder, header, tuple(records))


SPEEDS = {  # seconds of a batch, by scenario: computing, waiting, nothing
    "serial": (0.08, 0.16, 1e-5),
    "thread-pool": (0.08, 0.02, 1e-4),
    "process-pool": (0.025, 0.03, 1e-3),
    "tornado": (0.085, 0.011, 3e-4),
}


def whole(folder: Path, count: int = 3) -> record.Run:
    """Every section and most pictures, over ``count`` interpreters."""
    labels = [f"python-{number}" for number in range(count)]
    cells, records = [], []
    for at, label in enumerate(labels):
        faster = 1 + 0.6 * at
        for scenario, (computes, waits, free) in SPEEDS.items():
            for task, n, seconds in (("python", 8, computes / faster), ("io", 16, waits), ("noop", 100, free)):
                sizes = (1, 2, 4) if scenario != "serial" and task == "python" else (None,)
                for size in sizes:
                    more = {"concurrency": size} if size else {}
                    planned = cell(label, scenario, task, n, **more)
                    cells.append(planned)
                    records += invocations(planned, seconds / (size or 1) ** 0.5)
        for n in (1, 4, 16):
            planned = cell(label, "threads", "native-gil", n)
            cells.append(planned)
            records += invocations(planned, 0.0065 * n / faster)
    skipped = cell(labels[-1], "gevent", "io", skip="no gevent: ImportError")
    crashed = cell(labels[0], "threads", "python")
    cells += [skipped, crashed]
    records += invocations(skipped, 0, status="skipped", reason="no gevent: ImportError")
    records += invocations(crashed, 0, status="crashed", reason="ended by SIGSEGV")
    return run(folder, labels, cells, records)


def failed(folder: Path) -> record.Run:
    """Every cell failed."""
    cells = [cell(label, "serial", task) for label in ("one", "two") for task in ("python", "io")]
    records = [each for planned in cells for each in invocations(planned, 0, status="crashed", reason="SIGSEGV")]
    return run(folder, ["one", "two"], cells, records)


def hostile(folder: Path) -> record.Run:
    """Markup wherever a run may carry text from outside."""
    labels = ["python-0", f"python-1 {HOSTILE}"]
    cells, records = [], []
    for label in labels:
        for scenario in ("serial", "thread-pool"):
            planned = cell(label, scenario, "python")
            cells.append(planned)
            records += invocations(planned, SPEEDS[scenario][0])
    broken = cell(labels[1], "processes", "python", start_method=HOSTILE)
    cells.append(broken)
    records += invocations(broken, 0, status="failed", reason=f"{HOSTILE} {{{{ 7 * 7 }}}}")
    log = folder / "invocations" / str(records[-1]["folder"]) / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text(f"$ cd . && python -m harness {HOSTILE}\n{HOSTILE}\n")
    facts = {**FACTS, "described": HOSTILE, "build": HOSTILE, "missing": {HOSTILE: HOSTILE}, "packages": [HOSTILE]}
    return run(folder, labels, cells, records, command=HOSTILE, interpreters=dict.fromkeys(labels, facts))
