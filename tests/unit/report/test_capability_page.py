"""The page of the capability matrix: made from a run, and the committed one against the catalogs and the machine."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runoff.common import tables
from runoff.common.paths import ROOT
from runoff.driver import plan
from runoff.records import record
from runoff.report.output import capability_page
from scenarios import catalog
from transports import catalog as wires

PAGE = ROOT / "docs/capabilities.md"


def cell(interpreter: str, task: str, skip: str | None) -> dict:
    return {
        "interpreter": interpreter,
        "scenario": "distributed",
        "task": task,
        "batch": 2,
        "parameters": {"transport": "zmq+tcp"},
        "skip": skip,
    }


def test_each_reason_has_a_number_once_and_outcomes_are_counted():
    cells = [
        cell("cpython-3.13", "noop", None),
        cell("cpython-3.13", "io", None),
        cell("jython-2.7", "noop", "no zmq: not | here"),
        cell("jython-2.7", "io", "no zmq: not | here"),
        cell("graalpy-3.12", "noop", "no environment: nothing"),
    ]
    done = record.new({**{name: cells[0][name] for name in cells[0] if name != "skip"}, "status": "ok"})
    header = {
        "interpreters": {"cpython-3.13": {}, "jython-2.7": {}},
        "cells": cells,
        "machine": {"system": "Linux", "machine": "x86_64"},
        "started_at": 0.0,
    }
    page = capability_page.page(record.Run(Path("/run"), header, (done,)))
    assert "1970-01-01, Linux on x86_64, 1 invocation" in page
    assert (
        "2 interpreters and 0 variants, 4 pairs of scenario and task: 1 ran, 1 were not tried, 2 cannot be had." in page
    )
    assert "| scenario | transport | tasks | cpython-3.13 | jython-2.7 |" in page
    assert "| `distributed` | `zmq+tcp` | `noop` | ok | 1 |" in page
    assert "| `distributed` | `zmq+tcp` | `io` | able | 1 |" in page
    assert page.count("not \\| here") == 1
    assert "* graalpy-3.12: no environment: nothing" in page


class Committed:
    """docs/capabilities.md, read back: {(scenario, transport, task): {interpreter: ok, able or the reason}}."""

    def __init__(self) -> None:
        text = PAGE.read_text(encoding="utf-8")
        reasons = dict(re.findall(r"^(\d+)\. (.*)$", text, re.MULTILINE))
        lines = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
        heads = [head.split("<br>") for head in lines[0][3:]]
        self.labels = [label for labels in heads for label in labels]
        self.outcomes: dict[tuple[str, str, str], dict[str, str]] = {}
        for scenario, transport, tasks, *cells in lines[2:]:
            found = {label: reasons.get(each, each) for labels, each in zip(heads, cells) for label in labels}
            for task in tasks.split(", "):
                self.outcomes[scenario.strip("`"), transport.strip("`"), task.strip("`")] = found


@pytest.fixture(scope="module")
def committed() -> Committed:
    return Committed()


def test_the_committed_page_has_every_scenario_task_and_transport(committed):
    experiments = tables.read("experiments.toml")
    planned = {
        (scenario, transport, task)
        for name in experiments["profiles"]["capabilities"]["sets"]
        for row in [experiments["sets"][name]]
        for scenario in row["scenarios"]
        for task in row["tasks"]
        for transport in row.get("transport", ["-"])
    }
    assert set(committed.outcomes) == planned
    assert {scenario for scenario, _, _ in planned} == set(plan.SCENARIOS)
    assert {task for _, _, task in planned} == set(plan.TASKS) - {catalog.OWN_FUNCTION}
    assert {transport for _, transport, _ in planned} - {"-"} == set(wires.by_scheme()) - {"amqps"}


def test_the_committed_page_has_the_catalogs_reasons(committed):
    for (scenario, task), reason in catalog.REFUSED.items():
        if task != catalog.OWN_FUNCTION:
            found = committed.outcomes[scenario, "-", task].values()
            assert set(found) == {capability_page.quiet(reason)}, (scenario, task)


def test_the_committed_page_agrees_with_what_the_interpreters_here_can_do(committed, found):
    words = {word for row in (*plan.SCENARIOS.values(), *plan.TASKS.values()) for word in row.needs}
    # What the probe tells without an environment; on 2.7 a package brings the executor of processes.
    asked = words - set(tables.read("interpreters.toml")["modules"]) - {"process_executor"}
    for each in found.interpreters:
        if each.label not in committed.labels:
            continue
        for (scenario, _, task), outcomes in committed.outcomes.items():
            lacks = {*plan.SCENARIOS[scenario].needs, *plan.TASKS[task].needs} & asked - {*each.facts["capabilities"]}
            if lacks and (scenario, task) not in catalog.REFUSED:
                assert outcomes[each.label] not in ("ok", "able"), (each.label, scenario, task, lacks)
