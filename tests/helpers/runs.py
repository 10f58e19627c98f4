"""Runs with made-up times for the tests of the report: what matters there is their shape."""

from __future__ import annotations

import random
from pathlib import Path

from runoff.common.paths import RESULTS
from runoff.records import cell_keys, record
from runoff.stats import histogram

FACTS = {"python": "3.13", "implementation": "CPython", "gil": True, "jit": None, "capabilities": ["threads"]}
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"

CALLS = {"call_s": 0.1, "load_s": 0.1, "cpu_share": 0.5, "bytes_in": 3, "bytes_out": 3, "threads": None}
CHECK = {"check": "answers", "ok": True, "reason": None, "seconds": 0.1, "traceback": None}
#: What run.json says of a person's function.
OWN_FUNCTION = {
    "workload": {
        **{"function": "a.py:f", "digest": "abc", "inputs": 3, "words": [], "varies": None, "cached": None},
        "plan": [{"scenarios": ["serial"], "batch": 10, "reason": "all others", "concurrency": [1, 2]}],
        "left_out": [{"scenario": "asyncio", "reason": "it is no coroutine"}],
    },
    "gate": [{"interpreter": "one", "passed": True, "rows": [CHECK], "times": CALLS}],
    "today": {"interpreter": "one", "scenario": "serial"},
}


def cell(interpreter, scenario, task, batch=8, skip=None, **parameters):
    names = {"interpreter": interpreter, "scenario": scenario, "task": task, "batch": batch, "parameters": parameters}
    return {**names, "skip": skip}


def invocations(planned, seconds, count=5, noise=0.01, status="ok", reason=None, **changes):
    """One record per invocation; ``seconds`` for each batch, with noise."""
    chance = random.Random(cell_keys.cell_key(planned))
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
            "wall_s": 0.03 + sum(times) / 1e9,
            "cpu_s": 0.05 + seconds * 7,
            "checked": planned["batch"] * 7,
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


def latencies(rate, ms, count=2000, load=None):
    """The field ``latency`` of a record: one load or rate, latencies spread evenly from ``ms`` to three times that."""
    times = [int(ms * 1e6 * (1 + 2 * at / count)) for at in range(count)]
    part = {"load": load, "capacity": 9000.0, "rate": rate, "sent": count, "wall_ns": 10**9}
    return [histogram.from_reply({**part, "latencies_ns": times, "late_ns": [1000] * count})]


def run(folder: Path, labels, cells, records, **changes) -> record.Run:
    header = {
        "profile": "quick",
        "command": "nox -s bench-cpython",
        "baseline": labels[0],
        "seed": 1,
        "min_invocations": 3,
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
            for task, batch, seconds in (("python", 8, computes / faster), ("io", 16, waits), ("noop", 100, free)):
                sizes = (1, 2, 4) if scenario != "serial" and task == "python" else (None,)
                for size in sizes:
                    more = {"concurrency": size} if size else {}
                    planned = cell(label, scenario, task, batch, **more)
                    cells.append(planned)
                    records += invocations(planned, seconds / (size or 1) ** 0.5)
        for batch in (1, 4, 16):
            planned = cell(label, "threads", "native-gil", batch)
            cells.append(planned)
            records += invocations(planned, 0.0065 * batch / faster)
    skipped = cell(labels[-1], "gevent", "io", skip="no gevent: ImportError")
    crashed = cell(labels[0], "threads", "python")
    cells += [skipped, crashed]
    records += invocations(skipped, 0, status="skipped", reason="no gevent: ImportError")
    records += invocations(crashed, 0, status="crashed", reason="ended by SIGSEGV")
    return run(folder, labels, cells, records)


WIRES = {  # microseconds a task costs, and the way there and back; what it promises
    "memory": (10, 50, ["answered", "resent"]),
    "zmq+tcp": (20, 200, ["answered", "resent", "machines"]),
    "amqp": (60, 900, ["answered", "resent", "machines", "durable"]),
}


def transports(folder: Path, labels=("python-0", "python-1"), wires=WIRES) -> record.Run:
    """What the profile ``transports`` measures: sweeps, latencies at a rate, kills; and a wire without a promise."""
    cells, records = [], []

    def add(planned, seconds, **changes):
        cells.append(planned)
        records.extend(invocations(planned, seconds, **changes))

    for at, label in enumerate(labels):
        slower = 1 + at
        for length_ms in (0.01, 0.1, 1, 10):
            add(cell(label, "serial", "length", 64, length_ms=length_ms), 64e-3 * length_ms * slower)
        for size in (1024, 65536):
            add(cell(label, "serial", "payload", 16, payload_bytes=size), 16 * size * 1e-9)
        for transport, (cost_us, way_us, promised) in wires.items():
            on = {"transport": transport, "worker_kind": "thread"}
            two = {"concurrency": 2, **on}
            promised_fields = {"guarantees": promised, "worker_answers": [33, 31]}
            for many in (1, 16, 256):
                seconds = 512e-6 * slower * (cost_us + way_us / many)
                add(
                    cell(label, "distributed", "noop", 512, concurrency=1, **on, in_flight=many),
                    seconds,
                    **promised_fields,
                )
                add(
                    cell(label, "distributed", "noop", 512, concurrency=1, **on, credit=many),
                    seconds,
                    **promised_fields,
                )
            for size in (1024, 65536):
                seconds = 16 * (cost_us * 1e-6 + size * 3e-9)
                add(
                    cell(label, "distributed", "payload", 16, concurrency=1, **on, payload_bytes=size),
                    seconds,
                    **promised_fields,
                )
            for length_ms in (0.01, 0.1, 1, 10):
                seconds = 64 * (cost_us * 1e-6 + length_ms * 1e-3 * slower / 1.9)
                add(cell(label, "distributed", "length", 64, **two, length_ms=length_ms), seconds, **promised_fields)
            slow = latencies(300.0, cost_us / 10)
            add(
                cell(label, "distributed", "noop", 64, **on, rates=[300], seconds=4),
                1e-3,
                latency=slow,
                **promised_fields,
            )
            killed = kills(*(cost_us / 4 + each for each in range(7)))
            add(
                cell(label, "distributed", "sleep", 20, **two, task_ms=4, kills=7),
                0.05,
                kills=killed,
                **promised_fields,
            )
            for workers in (1, 2):
                planned = cell(label, "distributed", "python", 8, concurrency=workers, **on)
                add(planned, 0.05 * slower / workers**0.9, **promised_fields)
        plain = cell(label, "distributed-plain", "noop", 512, concurrency=1, in_flight=256)
        add(plain, 512e-6 * 5, guarantees=[])
    return run(folder, list(labels), cells, records, profile="transports")


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
    wired = cell(labels[1], "distributed", "python", concurrency=2, transport=HOSTILE, worker_kind=HOSTILE)
    cells.append(wired)
    promised = {"guarantees": [HOSTILE], "worker_answers": [28, 28]}
    records += invocations(wired, 0.05, kills=kills(*range(7, 14)), **promised)
    broken = cell(labels[1], "processes", "python", start_method=HOSTILE)
    cells.append(broken)
    records += invocations(broken, 0, status="failed", reason=f"{HOSTILE} {{{{ 7 * 7 }}}}")
    log = folder / "invocations" / str(records[-1]["folder"]) / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text(f"$ cd . && python -m harness {HOSTILE}\n{HOSTILE}\n")
    facts = {**FACTS, "described": HOSTILE, "build": HOSTILE, "missing": {HOSTILE: HOSTILE}, "packages": [HOSTILE]}
    return run(folder, labels, cells, records, command=HOSTILE, interpreters=dict.fromkeys(labels, facts))


def eleven(folder: Path) -> record.Run:
    """Eleven interpreters of the committed run over the original study's tasks."""
    whole_run = record.read(next(RESULTS.glob("*/reference-original-study")))
    own = whole_run.header["interpreters"]
    kept = {label: own[label] for label in [*own][-11:]}
    cells = [each for each in whole_run.header["cells"] if each["interpreter"] in kept]
    records = [each for each in whole_run.records if each["interpreter"] in kept]
    return record.Run(folder, {**whole_run.header, "interpreters": kept, "cells": cells}, tuple(records))


#: By the names that the tests of the page call them; each is made in a folder of its own.
MADE_UP = {
    "whole": whole,
    "every cell failed": failed,
    "one interpreter": lambda folder: whole(folder, 1),
    "fifteen interpreters": lambda folder: whole(folder, 15),
    "hostile names": hostile,
    "transports": transports,
}
#: Cut out of a committed run; opened by the tests that ask for it.
CUT_OUT = {"eleven of the original study": eleven}
#: Runs that were measured, and that the repository keeps.
COMMITTED = ("reference", "reference-original-study", "reference-transports")
