"""A PyPy whose just-in-time compiler is off, really: the alarm finds it by what it measures, not by asking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runoff.analysis import alarms
from runoff.analysis.cells import gathering
from runoff.common.guard import Guard
from runoff.driver.invoke import invoke
from runoff.driver.job import Job
from runoff.driver.plan import PlannedCell
from runoff.environments.preparing import prepare_all
from runoff.interpreters import choice
from runoff.records import record
from tests.helpers.expected import need


@pytest.fixture
def guard():
    found = Guard()
    yield found
    found.close()


@pytest.mark.parametrize("options", [("--jit", "off"), ()], ids=["off", "on"])
def test_a_compiler_that_is_off_is_found_and_one_that_is_on_is_not(found, guard, tmp_path, options):
    label = next((each.label for each in found.interpreters if each.family == "pypy"), "pypy-3.11")
    by_label = {each.label: each for each in found.interpreters}
    baseline = by_label[choice.baseline(list(found.interpreters), None)]
    ready = prepare_all([baseline, need(found, label)], lambda _interpreter, _outcome: None)
    pypy = ready[label]
    facts = {**pypy.facts, "jit": not options}  # of the process; below, the plan does not know that it was asked for
    environments = [ready[baseline.label], replace(pypy, command=(*pypy.command, *options), facts=facts)]
    # Evidence from times can be hidden by what else the machine does: three tries.
    told = [_alarms(environments, tmp_path / str(attempt), guard) for attempt in range(3)]
    assert any(bool(each) == bool(options) for each in told), told


def _alarms(environments, folder, guard) -> list[str]:
    """What is told of the compiler after three invocations of each; the first of ``environments`` is the baseline."""
    planned, records = [], []
    for environment in environments:
        cell = PlannedCell(environment.interpreter.label, "serial", "python", 8, ())
        planned.append({**cell.data, "skip": None})
        for block in range(3):
            job = Job(cell, block, environment, {"rounds": 5000}, 7, 7, 0.0, 60.0, 1, 1)
            records.append(invoke(job, folder / f"{cell.interpreter}-{block}", guard))
    assert [each["status"] for each in records] == ["ok"] * 6
    header = {
        "baseline": environments[0].interpreter.label,
        "min_invocations": 3,
        "machine": {"cores": 2},
        "noise_before": {"load_1m": 0.0},
        "interpreters": {each.interpreter.label: {"jit": each is environments[1]} for each in environments},
        "cells": planned,
    }
    run = record.Run(folder, header, tuple(records))
    return [each for each in alarms.alarms(run, gathering.gather(run)) if "did not engage" in each]
