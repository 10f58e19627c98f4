# Run by the driver and by the report (Python 3.9 upward).
"""Check a run.json and records as they come from disk, so that their readers need not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Callable

from runoff.records.schema import Header, Record

LATEST_S = 2.0**37  # in the year 6325; what is later is no date
MOST = 2**63  # in nanoseconds 292 years, in bytes more than any memory; sums and floats of them stay numbers
Check = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= MOST


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and _is_number(value)


def _is_seed(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_yes_or_no(value: Any) -> bool:
    return isinstance(value, bool)


def _at_least(least: float, check: Check = _is_number) -> Check:
    return lambda value: check(value) and value >= least


def _or_null(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(check(each) for each in value)


def _object_of(check: Check) -> Check:
    return lambda value: _is_object(value) and all(map(check, value.values()))


def _is_pair(value: Any) -> bool:
    return _list_of(_is_number)(value) and len(value) == 2


def _is_time(value: Any) -> bool:
    return _is_number(value) and 0 <= value < LATEST_S


def _has(table: dict[str, tuple[str, Check]]) -> Check:
    return lambda value: _is_object(value) and not any(_problems(value, table))


def _has_texts(*names: str) -> Check:
    return lambda value: _is_object(value) and all(_is_text(value.get(name)) for name in names)


def _is_way(value: Any) -> bool:
    return _has(PLAN_ROW)(value) and _has(_present(PLAN_SIZES, value))(value)


#: {field: (what it must be, the test of that)}
CELL: dict[str, tuple[str, Check]] = {
    "interpreter": ("text", _is_text),
    "scenario": ("text", _is_text),
    "task": ("text", _is_text),
    "batch": ("a whole number from 1 up", _at_least(1, _is_whole)),
    "parameters": ("an object", _is_object),
}
CLOCK: dict[str, tuple[str, Check]] = {"name": ("text", _is_text)}
KILLS: dict[str, tuple[str, Check]] = {
    "rate": ("a number from 0 up", _at_least(0)),
    "gaps_ns": ("a list of whole numbers above 0", _list_of(_at_least(1, _is_whole))),
    "bin_ns": ("a whole number above 0", _at_least(1, _is_whole)),
    **dict.fromkeys(
        ("killed", "tasks", "lost", "twice", "resent", "killed_bin"),
        ("a whole number from 0 up", _at_least(0, _is_whole)),
    ),
    "timeline": ("a list of lists of whole numbers from 0 up", _list_of(_list_of(_at_least(0, _is_whole)))),
}
LOAD: dict[str, tuple[str, Check]] = {
    **dict.fromkeys(("rate", "capacity", "sent", "wall_ns"), ("a number from 0 up", _at_least(0))),
    **dict.fromkeys(("latencies", "late"), ("text", _is_text)),
    "load": ("a number from 0 up", _or_null(_at_least(0))),
}
MACHINE: dict[str, tuple[str, Check]] = {
    "cores": ("a whole number from 1 up", _at_least(1, _is_whole)),
    "cpu": ("text", _is_text),
    "system": ("text", _is_text),
    "kernel": ("text", _is_text),
}
FACTS: dict[str, tuple[str, Check]] = {
    "described": ("text", _is_text),
}
#: Fields of an interpreter, of the machine, and of a run, that not every one has.
FURTHER_FACTS: dict[str, tuple[str, Check]] = {
    "implementation": ("text", _is_text),
    "python": ("text", _is_text),
    "capabilities": ("a list of words", _list_of(_is_text)),
    "family": ("text", _is_text),
    "packages": ("a list of words", _list_of(_is_text)),
    "missing": ("an object", _is_object),
    "version_info": ("a list", _list_of(lambda _: True)),
    "variant": ("null or an object with name and parent", _or_null(_has_texts("name", "parent"))),
    "jit": ("true, false or null", _or_null(_is_yes_or_no)),
}
SIZES: dict[str, tuple[str, Check]] = {"memory_bytes": ("a whole number from 1 up", _at_least(1, _is_whole))}
SOMETIMES: dict[str, tuple[str, Check]] = {
    **dict.fromkeys(("work", "work_ms"), ("an object of numbers", _object_of(_is_number))),
    "waiting": ("an object", _is_object),
    "today": ("null or an object with interpreter and scenario", _or_null(_has_texts("interpreter", "scenario"))),
    **dict.fromkeys(("pilot_s", "soak_s"), ("a number from 0 up", _at_least(0))),
}
#: Fields of a run of a person's own function.
OWN: dict[str, tuple[str, Check]] = {
    "workload": ("an object", _is_object),
    "gate": (
        "a list of verdicts, each of an interpreter",
        lambda value: _list_of(_has(VERDICT))(value) and bool(value),
    ),
    "today": ("an object with interpreter and scenario", _has_texts("interpreter", "scenario")),
}
PLAN_ROW: dict[str, tuple[str, Check]] = {
    "scenarios": ("a list of words", lambda value: _list_of(_is_text)(value) and bool(value)),
    "batch": ("a whole number from 1 up", _at_least(1, _is_whole)),
    "reason": ("text", _is_text),
}
#: Fields that only some rows have.
PLAN_SIZES: dict[str, tuple[str, Check]] = {
    "concurrency": ("a list of whole numbers from 1 up", _list_of(_at_least(1, _is_whole))),
    "transport": ("text", _is_text),
}
WORKLOAD: dict[str, tuple[str, Check]] = {
    **dict.fromkeys(("function", "digest"), ("text", _is_text)),
    "inputs": ("a whole number from 1 up", _at_least(1, _is_whole)),
    "words": ("a list of words", _list_of(_is_text)),
    **dict.fromkeys(("varies", "cached"), ("text or null", _or_null(_is_text))),
    "plan": ("a list of objects, each with scenarios, batch and reason", _list_of(_is_way)),
    "left_out": ("a list of objects with scenario and reason", _list_of(_has_texts("scenario", "reason"))),
}
GATE_ROW: dict[str, tuple[str, Check]] = {
    "check": ("text", _is_text),
    "ok": ("true or false", _is_yes_or_no),
    **dict.fromkeys(("reason", "traceback"), ("text or null", _or_null(_is_text))),
    "seconds": ("a number from 0 up", _at_least(0)),
}
TIMES: dict[str, tuple[str, Check]] = {
    **dict.fromkeys(("call_s", "load_s", "cpu_share", "bytes_in", "bytes_out"), ("a number from 0 up", _at_least(0))),
    "threads": ("a number from 0 up or null", _or_null(_at_least(0))),
}
VERDICT: dict[str, tuple[str, Check]] = {
    "interpreter": ("text", _is_text),
    "passed": ("true or false", _is_yes_or_no),
    "rows": (f"a list of objects, each with {', '.join(GATE_ROW)}", _list_of(_has(GATE_ROW))),
    "times": (f"null or an object with {', '.join(TIMES)}", _or_null(_has(TIMES))),
}
HEADER: dict[str, tuple[str, Check]] = {
    "profile": ("text", _is_text),
    "command": ("text", _is_text),
    "baseline": ("text", _is_text),
    "seed": ("a whole number", _is_seed),
    "budget_s": ("a number from 0 up", _at_least(0)),
    "min_invocations": ("a whole number from 1 up", _at_least(1, _is_whole)),
    "machine": ("an object", _is_object),
    "noise_before": ("an object", _is_object),
    "interpreters": ("an object of objects", _object_of(_is_object)),
    "cells": ("a list of cells", _list_of(_has(CELL))),
    "started_at": ("seconds since 1970", _is_time),
    "finished_at": ("seconds since 1970 or null", _or_null(_is_time)),
}
RECORD: dict[str, tuple[str, Check]] = {
    **CELL,
    "block": ("a whole number from 0 up", _at_least(0, _is_whole)),
    "attempt": ("a whole number from 0 up", _or_null(_at_least(0, _is_whole))),
    "iterations_ns": ("a list of whole numbers above 0", _or_null(_list_of(_at_least(1, _is_whole)))),
    "paces_ns": ("a list, each a whole number above 0 or null", _or_null(_list_of(_or_null(_at_least(1, _is_whole))))),
    "compiling_ns": ("a list of whole numbers from 0 up", _or_null(_list_of(_at_least(0, _is_whole)))),
    **dict.fromkeys(
        ("startup_ns", "first_answer_ns", "exit_code", "hash_seed"), ("a whole number", _or_null(_is_whole))
    ),
    **dict.fromkeys(("open_ns", "checked"), ("a whole number from 0 up", _or_null(_at_least(0, _is_whole)))),
    **dict.fromkeys(
        ("cold_ns", "memory_samples", "peak_memory_bytes", "broker_peak_memory_bytes", "processes"),
        ("a whole number from 0 up", _or_null(_at_least(0, _is_whole))),
    ),
    **dict.fromkeys(
        ("wall_s", "cpu_s", "open_cpu_s", "broker_cpu_s", "load_1m", "foreign_cpu_s", "throttled_s"),
        ("a number from 0 up", _or_null(_at_least(0))),
    ),
    "started_at": ("seconds since 1970", _or_null(_is_time)),
    "failures": ("an object of whole numbers", _or_null(_object_of(_is_whole))),
    **dict.fromkeys(("gil", "context_switches"), ("an object", _or_null(_is_object))),
    "clock": ("an object with a name", _or_null(_has(CLOCK))),
    "kills": (f"an object with {', '.join(KILLS)}", _or_null(_has(KILLS))),
    "latency": (f"a list of objects, each with {', '.join(LOAD)}", _or_null(_list_of(_has(LOAD)))),
    "memory_series": ("a list of [seconds, bytes]", _or_null(_list_of(_is_pair))),
    "worker_answers": ("a list of whole numbers from 0 up", _or_null(_list_of(_at_least(0, _is_whole)))),
    **dict.fromkeys(("reason", "tainted", "memory_kind", "folder"), ("text", _or_null(_is_text))),
    "guarantees": ("a list of words", _or_null(_list_of(_is_text))),
}

#: What whoever measured a cell knows.
MEASURED = ("wall_s", "startup_ns", "open_ns", "first_answer_ns", "cold_ns")


def of_header(header: Header) -> str | None:
    """Return what is wrong with a run.json; None where nothing is."""
    return next(_problems_of_header(header), None)


def _problems_of_header(header: Header) -> Iterator[str]:
    """Yield what is wrong with a run.json. Ask for the first problem alone: what follows reads what may be missing."""
    yield from _problems(header, HEADER)
    machine = header["machine"]
    yield from _problems(machine, {**MACHINE, **_present(SIZES, machine)}, "machine.")
    yield from _problems(header, _present(SOMETIMES, header))
    if "workload" in header:
        yield from _problems(header, OWN)
        yield from _problems(header["workload"], WORKLOAD, "workload.")
    for label, facts in header["interpreters"].items():
        yield from _problems(facts, {**FACTS, **_present(FURTHER_FACTS, facts)}, f"interpreters.{label}.")
    if header["interpreters"] and header["baseline"] not in header["interpreters"]:
        yield f"its baseline {header['baseline']!r} is not one of its interpreters"


def _present(table: dict[str, tuple[str, Check]], value: Mapping[str, Any]) -> dict[str, tuple[str, Check]]:
    """Return the rows of ``table`` whose fields ``value`` has: an older run lacks some."""
    return {name: row for name, row in table.items() if name in value}


def of_record(record: Record, header: Header) -> str | None:
    """Return what is wrong with a record of the run that ``header`` is of; None where nothing is."""
    if found := of_fields(record):
        return found
    # What has no environment is skipped, and has no facts.
    known = (*header["interpreters"], header.get("baseline_repeat"))
    if record["status"] != "skipped" and record["interpreter"] not in known:
        return f"its interpreter {record['interpreter']!r} is not one of this run's"
    return None


def of_fields(record: Record) -> str | None:
    """Return what is wrong with a record, whichever run it is of; None where nothing is."""
    if found := next(_problems(record, RECORD), None):
        return found
    if record["status"] == "ok" and not record["iterations_ns"]:
        return "its status is ok and it has no times"
    fields: Mapping[str, Any] = record
    untold = [name for name in MEASURED if record["status"] == "ok" and fields[name] is None]
    if untold:
        return f"its status is ok and its field {untold[0]} is null"
    if record["status"] == "ok" and {"loads", "rates"} & set(record["parameters"]) and not record["latency"]:
        return "its status is ok, its cell is driven at given loads, and it has no latency"
    if record["status"] == "ok" and record["wall_s"] == 0:
        return "its status is ok and its field wall_s says that it took no time"
    if (paces_ns := record.get("paces_ns")) and len(paces_ns) != len(record["iterations_ns"] or ()) + 1:
        return "its field paces_ns must have one number more than iterations_ns"
    if (compiling_ns := record.get("compiling_ns")) and len(compiling_ns) != len(record["iterations_ns"] or ()):
        return "its field compiling_ns must have as many numbers as iterations_ns"
    return None


def _problems(value: Mapping[str, Any], table: dict[str, tuple[str, Check]], where: str = "") -> Iterator[str]:
    for name, (what, check) in table.items():
        if name not in value:
            yield f"it has no field {where}{name}"
        elif not check(value[name]):
            yield f"its field {where}{name} is {str(value[name])[:40]!r} and must be {what}"
