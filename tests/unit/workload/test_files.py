"""What the task of a person's function reads: a file of each interpreter that passed, by all that it depends on."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace

import pytest

from runoff.common import paths
from runoff.common.errors import BadInput
from runoff.workload import file_state, files
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


def changed_by(workload, *paths):
    """Return which of ``paths`` make it another function where their text changes."""
    found = []
    for path in paths:
        before, text = files.digest(workload), path.read_text()
        path.write_text(f"{text}# changed\n")
        found += [path.name] * (files.digest(workload) != before)
        path.write_text(text)
    return found


@pytest.fixture
def shop(tmp_path):
    """A folder with a module, a package that has another within, and a module that lies in neither."""
    shop = tmp_path / "shop"
    for name in ("__init__.py", "orders.py", "_prices/__init__.py", "_prices/tables.py", ".git/hook.py", "data.txt"):
        (shop / name).parent.mkdir(parents=True, exist_ok=True)
        (shop / name).write_text("")
    (tmp_path / "rates.py").write_text("")
    return shop


def test_a_module_beside_the_function_is_a_part_of_it(workload, shop, tmp_path):
    beside = [tmp_path / "orders.py", tmp_path / "rates.py"]
    assert changed_by(workload, *beside, shop / "orders.py") == ["orders.py", "rates.py"]
    by_name = replace(workload, target=Target(str(tmp_path), "rates", "handle", None))
    assert changed_by(by_name, *beside, shop / "orders.py") == ["orders.py", "rates.py"]


@pytest.mark.parametrize("file", [True, False])
def test_all_of_a_package_is_a_part_of_its_function(workload, shop, tmp_path, file):
    named = str(shop / "orders.py") if file else None
    of_package = replace(workload, target=Target(str(tmp_path), "shop.orders", "handle", named))
    everything = [path for path in sorted(shop.rglob("*")) if path.is_file()]
    assert changed_by(of_package, *everything, tmp_path / "rates.py") == [
        "__init__.py",
        "__init__.py",
        "tables.py",
        "orders.py",
    ]


def test_a_file_that_a_requirements_file_includes_is_a_part_of_it(workload, tmp_path):
    base = tmp_path / "base.txt"
    base.write_text("six==1.17.0\n")
    assert changed_by(workload, base) == []
    (tmp_path / "pins.txt").write_text("-r base.txt\n")
    assert changed_by(workload, base) == ["base.txt"]


def test_a_module_that_the_requirements_bring_and_a_program_have_no_source_of_their_own(workload, tmp_path):
    for target in (Target(str(tmp_path), "elsewhere.orders", "handle", None), Target(str(tmp_path), "", None, None)):
        assert list(files.sources(target)) == []


def test_of_very_many_modules_size_and_time_stand_for_the_text(workload, shop, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_FILES", 1)
    read = []
    monkeypatch.setattr(files, "state", lambda path, most_bytes: read.append((path.name, most_bytes)) or "")
    files.digest(workload)
    assert read == [("orders.py", math.inf), ("orders.py", files.MOST_BYTES), ("rates.py", 0)]


def test_a_large_file_is_told_by_its_size_and_time(tmp_path):
    large = tmp_path / "large.py"
    large.write_bytes(b"x" * 100)
    before = file_state.state(large, 99)
    os.utime(large, (1, 1))
    assert file_state.state(large, 99) != before
    assert file_state.state(large, 100) == file_state.state(large)
    assert file_state.state(tmp_path / "none") == "unreadable"


def test_writing_returns_the_name_of_what_was_written(workload):
    good = Verdict("one", [Check("answers", True, None, 0.1)], answers=[1, 2])
    assert files.write(workload, GateOutcome([good], None)) == files.digest(workload)
