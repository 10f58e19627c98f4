# Run by the report (Python 3.9 upward).
"""The page's answer as Markdown, for a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runoff.common.loose import Data
from runoff.common.wording import short

SYMBOLS = {"faster": "▲", "slower": "▼", "equivalent": "=", "baseline": ""}


def as_markdown(data: Data) -> str:
    """Return what fits into a pull request: decision, matrix in brief, claims, alarms, and how it was made."""
    run, brief = data["run"], data["brief"]
    lines = ["### What to deploy", ""]
    first, *rest = data["decision"]["found"]["lines"]
    lines += [f"**{_text(first)}**", "", *(f"{_text(line)}\n" for line in rest)]
    named = {
        row["label"]: row["label"] + (" (past its end of support)" if row["ended"] else "")
        for row in data["interpreters"]
    }
    if brief["tasks"]:
        lines += [_row(["tasks/s (x the baseline)", *brief["tasks"]]), "|---" + "|--:" * len(brief["tasks"]) + "|"]
        lines += [
            _row([named[label], *(_brief(of_task[task]) for task in brief["tasks"])], True)
            for label, of_task in brief["rows"].items()
        ]
        lines += ["", "▲ faster, ▼ slower, = equivalent, ? cannot tell; 95 % intervals over invocations.", ""]
    lines += _workers(data)
    labels = [row["label"] for row in data["interpreters"]]
    lines += [
        "<details><summary>Claims, alarms and how it was measured</summary>",
        "",
        _row(["claim", *labels]),
        "|---" * (1 + len(labels)) + "|",
    ]
    for claim in data["claims"]:
        lines.append(
            _row(
                [
                    f"{claim['name']} {_text(claim['says'])}",
                    *(claim["by_interpreter"][label]["verdict"] for label in labels),
                ],
                True,
            )
        )
    lines += ["", *(f"- {_text(alarm)}" for alarm in data["trust"]["alarms"]), ""]
    machine = run["machine"]
    lines += [
        f"{_text(run['profile'])} profile, {machine['cores']} cores ({_text(machine['cpu'])}), seed {run['seed']}. "
        f"{_text(data['trust']['smallest'])}."
    ]
    lines += ["", f"<code>{_text(run['command'])}</code>", "", "</details>", ""]
    return "\n".join(lines)


def _workers(data: Data) -> Iterator[str]:
    """Return three tables of workers behind a transport: speed, latency at a given load, and recovery."""
    if data["transports"]["rows"]:
        yield _row(["interpreter", "transport", "work", "tasks/s", "x memory", "balance", "promises"])
        yield "|---|---|---|--:|--:|--:|---|"
        for row in data["transports"]["rows"]:
            promises = ", ".join(data["transports"]["promises"].get(row["transport"], []))
            figures = [_interval(row["throughput"]), _interval(row["over_memory"]), _interval(row["balance"]), promises]
            yield _row([row["interpreter"], row["transport"], row["work"], *figures])
        yield ""
    if data["transports"]["latencies"]:
        yield _row(["interpreter", "transport", "task", "load", "p50, ms", "p99, ms", "max, ms", "samples", "void"])
        yield "|---|---|---|---|--:|--:|--:|--:|--:|"
        for row in data["transports"]["latencies"]:
            times = [short(row[name]) if row[name] is not None else "" for name in ("p50", "p99", "max")]
            counts = [str(row["samples"]), f"{row['void']} of {row['invocations']}"]
            yield _row([*(row[name] for name in ("interpreter", "transport", "work", "load")), *times, *counts])
        yield ""
    if data["kills"]:
        yield _row(["worker killed", "transport", "kills", "back after, ms (worst)", "lost", "twice", "run again"])
        yield "|---|---|--:|--:|--:|--:|--:|"
        for row in data["kills"]:
            back = f"{_interval(row['back_ms'])} ({short(row['worst_ms'])})"
            counts = [str(row[name]) for name in ("lost", "twice", "resent")]
            yield _row([row["interpreter"], row["transport"], str(row["killed"]), back, *counts])
        yield ""


def _interval(estimate: list[float | None] | None) -> str:
    value, low, high = estimate or (None, None, None)
    if value is None:
        return ""
    ends = f" [{short(low)}, {short(high)}]" if low is not None and high is not None else ""
    return f"{short(value)}{ends}"


def _brief(found: Data) -> str:
    if "throughput" not in found:
        return _text(found["reason"][:60])
    ratio = f" {SYMBOLS.get(found['verdict'], '?')} {short(found['ratio'][0])}x" if found["ratio"] else ""
    return f"{_interval(found['throughput'])}{ratio}<br>{_text(found['scenario'])}"


def _row(cells: list[str], ready: bool = False) -> str:
    return "| " + " | ".join([_text(cells[0]), *(cells[1:] if ready else map(_text, cells[1:]))]) + " |"


def _text(value: object) -> str:
    """Escape ``value`` for Markdown and the HTML in it."""
    escaped = re.sub(r"([\\`*_\[\]|#])", r"\\\1", str(value).replace("\n", " "))
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
