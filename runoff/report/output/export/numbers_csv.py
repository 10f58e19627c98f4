# Run by the report (Python 3.9 upward).
"""The page's numbers as CSV, one a line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from runoff.common.loose import Data

COLUMNS = ("section", "interpreter", "task", "cell", "quantity", "unit", "value", "low", "high", "words")


def as_csv(data: Data) -> str:
    """Return one number a line: section of the page, subject, quantity, unit, value and interval."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, restval="", extrasaction="raise", lineterminator="\n")
    writer.writeheader()
    for row in _numbers(data):
        writer.writerow({name: _plain(value) for name, value in row.items()})
    return stream.getvalue()


def _plain(value: Any) -> Any:
    """Return ``value`` safe for a spreadsheet: a text that it would take for a formula is marked as text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _numbers(data: Data) -> Iterator[Data]:
    """Yield the lines of the CSV, section by section of the page."""
    found = data["decision"]["found"]
    for at, line in enumerate(found["lines"]):
        yield {"section": "decision", "quantity": f"line {at + 1}", "words": line}
    for cell in data["cells"]:
        yield from _of_cell(cell)
    for picture in data["pictures"]:
        yield from _of_picture(picture)
    for claim in data["claims"]:
        yield from _of_claim(claim)
    for row in data["transports"]["rows"]:
        of = {"section": "transports", "interpreter": row["interpreter"], "task": row["work"], "cell": row["name"]}
        yield from _estimates(of, "throughput", "tasks/s", row["throughput"], "")
        yield from _estimates(of, "ratio to memory", "", row["over_memory"], "")
        yield from _estimates(of, "ratio to serial", "", row["over_serial"], "")
    for row in data["kills"]:
        yield from _of_kills(row)
    yield from _of_cold_start(data["cold"])
    for option in found["ranked"]:
        of = {"section": "cost", "interpreter": option["interpreter"], "cell": option["name"]}
        priced = option["price"] > 0
        yield {**of, "quantity": f"{'cost' if priced else 'hours'} per million tasks", "value": option["cost"]}


def _of_cell(cell: Data) -> Iterator[Data]:
    of = {"section": "matrix", "interpreter": cell["interpreter"], "task": cell["task"], "cell": _place(cell)}
    yield {**of, "quantity": "status", "words": f"{cell['status']} {cell['badge'] or cell['reason']}".strip()}
    yield from _estimates(of, "throughput", "tasks/s", cell["throughput"], "" if cell["ranked"] else "not ranked")
    yield from _estimates(of, "ratio to the baseline", "", cell["ratio"], cell["verdict"])
    if cell["guarantees"]:
        yield {**of, "quantity": "promises", "words": ", ".join(cell["guarantees"])}
    yield from _estimates(of, "balance, busiest worker over the mean", "", cell["balance"], "")
    for quantity, unit, value in (
        ("CPU time per 1000 tasks", "s", cell["cpu_s_per_1000"]),
        ("the broker's CPU time per 1000 tasks", "s", cell["broker_cpu_s_per_1000"]),
        ("peak memory", "MiB", cell["memory_mib"]),
        ("the broker's peak memory", "MiB", cell["broker_memory_mib"]),
        *((f"failed: {kind}", "tasks", count) for kind, count in cell["failures"].items()),
        *(
            (f"latency {name} at {row['load']}", "ms", row[name])
            for row in cell["latency"]
            for name in ("p50", "p90", "p99", "p99.9", "max")
        ),
        *((f"generator late, p99, at {row['load']}", "ms", row["late"]) for row in cell["latency"]),
        *((f"invocations void at {row['load']}", "", row["void"]) for row in cell["latency"]),
    ):
        if value is not None:
            yield {**of, "quantity": quantity, "unit": unit, "value": value}
    for each in cell["invocations"]:
        for number, us in enumerate(each["us"]):
            place = number * cell["every"] + 1
            yield {**of, "quantity": f"invocation {each['block']} iteration {place}", "unit": "us", "value": us}
        for rank, answers in enumerate(each["answers"], 1):
            quantity = f"invocation {each['block']} answers of worker {rank}"
            yield {**of, "quantity": quantity, "unit": "tasks", "value": answers}


def _of_picture(picture: Any) -> Iterator[Data]:
    for row in picture.rows:
        words = ", ".join(f"{name}={value}" for name, value in row.items() if name not in ("value", "low", "high"))
        of = {"section": picture.name, "interpreter": row.get("interpreter", ""), "task": row.get("task", "")}
        value = row.get("value", row.get("until", row.get("ms")))
        yield {**of, "quantity": picture.title, "value": value, **_ends(row), "words": words}
    yield {"section": picture.name, "quantity": "finding", "words": picture.finding}


def _of_claim(claim: Data) -> Iterator[Data]:
    for label, each in claim["by_interpreter"].items():
        of = {"section": "claims", "interpreter": label, "cell": claim["name"]}
        yield {**of, "quantity": "verdict", "words": f"{each['verdict']} {each['why']}".strip()}
        for part in each["parts"]:
            quantity = f"{part['says']}, expected {part['expect']}"
            yield from _estimates(of, quantity, "", part["ratio"], part["verdict"])


def _of_kills(row: Data) -> Iterator[Data]:
    of = {"section": "kills", "interpreter": row["interpreter"], "task": row["work"], "cell": row["name"]}
    yield from _estimates(of, "back after, median over kills", "ms", row["back_ms"], ", ".join(row["guarantees"]))
    yield {**of, "quantity": "back after, worst", "unit": "ms", "value": row["worst_ms"]}
    for number, ms in enumerate(row["gaps_ms"], 1):
        yield {**of, "quantity": f"kill {number} back after", "unit": "ms", "value": ms}
    yield {**of, "quantity": "rate", "unit": "tasks/s", "value": row["rate"]}
    for name, quantity in (
        ("killed", "kills"),
        ("tasks", "tasks"),
        ("lost", "tasks lost"),
        ("twice", "tasks delivered twice"),
        ("resent", "tasks run again"),
    ):
        yield {**of, "quantity": quantity, "value": row[name]}


def _of_cold_start(cold: Data) -> Iterator[Data]:
    for row in cold["rows"]:
        of = {"section": "cold start", "interpreter": row["interpreter"]}
        low, high = row["startup_range_s"]
        yield {**of, "quantity": "process start", "unit": "s", "value": row["startup_s"], "low": low, "high": high}
        for task, each in row["tasks"].items():
            yield {**of, "task": task, "quantity": "first answer", "unit": "s", "value": each["first_answer_s"]}
            if each["steady_after_s"] is not None:
                yield {**of, "task": task, "quantity": "steady after", "unit": "s", "value": each["steady_after_s"]}
    for line in cold["break_evens"]:
        yield {"section": "cold start", "quantity": "break-even", "words": line}


def _ends(row: Data) -> Data:
    return {name: row[name] for name in ("low", "high") if row.get(name) is not None}


def _estimates(of: Data, quantity: str, unit: str, estimate: list[float | None] | None, words: str) -> Iterator[Data]:
    if estimate is not None:
        value, low, high = estimate
        yield {**of, "quantity": quantity, "unit": unit, "value": value, "low": low, "high": high, "words": words}


def _place(cell: Data) -> str:
    return ", ".join(
        [cell["scenario"], f"batch={cell['batch']}", *(f"{name}={value}" for name, value in cell["parameters"].items())]
    )
