"""What the task of a person's function reads: a file of each interpreter that passed, by all that it depends on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runoff.common import paths
from runoff.common.errors import BadInput
from runoff.workload import files
from runoff.workload.gate import Check, GateOutcome, Verdict, Workload
from runoff.workload.target import Target


@pytest.fixture
def workload(tmp_path, monkeypatch):
    """A function with requirements, and an empty folder for what is written."""
    for module in (files, paths):
        monkeypatch.setattr(module, "WORKLOADS", tmp_path / "workloads")
    (tmp_path / "orders.py").write_text("def handle(n): return n\n")
    (tmp_path / "pins.txt").write_text("six==1.17.0\n")
    target = Target(str(tmp_path), "orders", "handle", str(tmp_path / "orders.py"))
    return Workload("orders.py:handle", target, [[1], [2]], tmp_path / "pins.txt", {"ORDERS_DB": "secret"})


def test_it_is_another_function_where_its_text_requirements_inputs_or_variables_are_others(workload, tmp_path):
    first = files.digest(workload)
    assert files.digest(replace(workload, variables={"ORDERS_DB": "another secret"})) == first
    others = {
        files.digest(replace(workload, inputs=[[1]])),
        files.digest(replace(workload, requirements=None)),
        files.digest(replace(workload, variables={})),
        files.digest(replace(workload, target=replace(workload.target, fresh=True))),
    }
    (tmp_path / "pins.txt").write_text("six==1.16.0\n")
    others.add(files.digest(workload))
    (tmp_path / "pins.txt").write_text("six==1.17.0\n")
    (tmp_path / "orders.py").write_text("def handle(n): return -n\n")
    others.add(files.digest(workload))
    assert len(others - {first}) == 6


def test_only_who_passed_has_a_file_and_a_resumed_run_needs_all_of_them(workload):
    good = Verdict("one", [Check("answers", True, None, 0.1)], answers=[1, 2], changes_input=True)
    bad = Verdict("two", [Check("answers", False, "ValueError", 0.1)])
    digest = files.digest(workload)
    with pytest.raises(BadInput, match="the recorded answers of one are missing"):
        files.require(digest, ["one"])
    files.write(workload, GateOutcome([good, bad], "with the hash seed"))
    files.require(digest, ["one"])
    with pytest.raises(BadInput, match="of two are missing"):
        files.require(digest, ["one", "two"])
    read = json.loads(paths.workload_file(digest, "one").read_text())
    assert (read["inputs"], read["answers"], read["varies"]) == ([[1], [2]], [1, 2], True)
    assert (read["awaited"], read["changes_input"]) == (False, True)
    assert "secret" not in json.dumps(read)
