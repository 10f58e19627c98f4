"""The cut of the harness for small interpreters, held against the whole: both run here, by this CPython."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from runoff.common.paths import ROOT
from runoff.interpreters.starting import Start
from scenarios import catalog, small

WHOLE, CUT = Start((sys.executable,)), Start((sys.executable,), "harness/small")
#: What no two invocations have in common, or is said in other words of the same build.
OF_ONE = ("entered_at", "iterations_ns", "paces_ns", "open_ns", "open_cpu_s", "clock", "answered_by", "gil")
WORDS = frozenset({"stdlib", "asyncio"})


def reply(start: Start, folder, **changes) -> dict:
    request = {
        "task": "python",
        "scenario": "serial",
        "parameters": {},
        "settings": {"rounds": 10, "task_ms": 1},
        "first_number": 1000,
        "batch": 3,
        "min_iterations": 2,
        "max_iterations": 4,
        "max_ns": 0,
        "min_ns": 0,
        "soak_ns": 0,
        "seed": 1,
        "worker": None,
        **changes,
    }
    asked, answered = folder / "request.json", folder / "reply.json"
    asked.write_text(json.dumps(request))
    subprocess.run(
        [*start.command, *start.harness, str(asked), str(answered)], cwd=ROOT, check=True, capture_output=True
    )
    return json.loads(answered.read_text())


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"task": "length"},
        {"task": "sleep"},
        {"task": "noop", "scenario": "asyncio", "parameters": {"concurrency": 2}},
        {"settings": {}},  # every task fails
    ],
    ids=["python", "length", "sleep", "coroutines", "failing"],
)
def test_a_request_has_the_same_reply_from_the_whole_and_from_the_cut(tmp_path, changes):
    whole, cut = reply(WHOLE, tmp_path, **changes), reply(CUT, tmp_path, **changes)
    assert shape(cut) == shape(whole)
    assert {name: cut[name] for name in cut if name not in OF_ONE} == {
        name: whole[name] for name in whole if name not in OF_ONE
    }
    assert len(cut["iterations_ns"]) == len(whole["iterations_ns"])


def shape(value):
    """Return ``value`` with the types of what is not a dictionary; flags and numbers differ."""
    if isinstance(value, dict):
        return {name: {} if name == "flags" else shape(each) for name, each in value.items()}
    return isinstance(value, list)


def test_a_wrong_answer_is_told_by_both_in_the_same_words(tmp_path):
    wrong = {"first_number": 2**32}  # beyond the generator's 32 bits: other numbers come back
    whole, cut = reply(WHOLE, tmp_path, **wrong), reply(CUT, tmp_path, **wrong)
    assert "WrongAnswer: asked for [4294967296" in cut["reason"]
    assert (cut["status"], cut["reason"], cut["checked"]) == (whole["status"], whole["reason"], whole["checked"])


def test_the_cut_refuses_what_it_lacks(tmp_path):
    assert "harness/small has no scenario threads" in reply(CUT, tmp_path, scenario="threads")["reason"]


def test_the_cut_has_what_the_catalog_says_that_it_needs_no_more_for():
    able = {row.name for row in catalog.SCENARIOS if set(row.needs) <= WORDS - {"stdlib"}}
    assert able == set(small.SCENARIOS)
    assert {row.name for row in catalog.TASKS if not row.needs} == set(small.TASKS)


def test_the_probe_of_the_cut_answers_as_the_whole_one(tmp_path):
    answers = []
    for start in (WHOLE, CUT):
        path = tmp_path / "facts.json"
        names = ["six", "no_such_module"]
        subprocess.run([*start.command, str(start.probe), str(path), *names], check=True, capture_output=True)
        answers.append(json.loads(path.read_text()))
    whole, cut = answers
    assert set(cut) == set(whole)
    assert cut["python"] == whole["python"]
    assert cut["capabilities"] == ["asyncio"]
    assert cut["modules"]["six"]["error"] is None
    assert "no_such_module" in cut["modules"]["no_such_module"]["error"]
