# Run by pytest (Python 3.9 upward).
"""Runs of a few cells whose iterations take exactly the given seconds, and what the terminal shows of them."""

from __future__ import annotations

import io

from rich.console import Console

from runoff.records import record
from runoff.report.output import terminal

INTERPRETERS = {"cpython-3.13": {"described": "CPython 3.13.0"}, "pypy-3.11": {"described": "PyPy 7.3.19"}}


def header(planned, **changes):
    return {
        "profile": "quick",
        "command": "nox -s bench-cpython",
        "budget_s": 60.0,
        "started_at": 1.7e9,
        "finished_at": 1.7e9,
        "baseline": "cpython-3.13",
        "seed": 1,
        "min_invocations": 3,
        "machine": {"cores": 2, "cpu": "a processor", "system": "Linux", "kernel": "6"},
        "noise_before": {"load_1m": 0.0},
        "interpreters": INTERPRETERS,
        "cells": planned,
        **changes,
    }


def cell(interpreter="cpython-3.13", scenario="serial", task="python", skip=None, **parameters):
    return {
        "interpreter": interpreter,
        "scenario": scenario,
        "task": task,
        "batch": 10,
        "parameters": parameters,
        "skip": skip,
    }


def measured(planned, *seconds, **changes):
    """One record per invocation; each iteration took that invocation's ``seconds``."""
    return [
        {
            **dict.fromkeys(record.FIELDS),
            **{name: value for name, value in planned.items() if name != "skip"},
            "block": block,
            "status": "ok",
            "startup_ns": 20_000_000,
            "open_ns": 0,
            "cold_ns": int(second * 2e9),
            "first_answer_ns": 20_000_000 + int(second * 2e9),
            "iterations_ns": [int(second * 2e9), *[int(second * 1e9)] * 6],
            "wall_s": 0.02 + second * 8,
            "peak_memory_bytes": 10 * 2**20,
            "memory_kind": "pss",
            **changes,
        }
        for block, second in enumerate(seconds)
    ]


def shown(run, **options) -> str:
    stream = io.StringIO()
    terminal.show(Console(file=stream, width=160, markup=False), run, **options)
    return stream.getvalue()


def run_of(tmp_path, planned, records, **changes) -> record.Run:
    return record.Run(tmp_path, header(planned, **changes), tuple(records))
