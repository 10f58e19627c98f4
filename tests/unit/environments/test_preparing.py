"""What an environment needs and cannot get: a reason, and never a traceback."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from runoff.common import tables
from runoff.environments import making, native_build, preparing, tools
from runoff.environments.environment import PrepareFailed
from runoff.interpreters.discover import Interpreter
from tests.helpers.expected import need

TABLE = tables.read("interpreters.toml")


def facts(python: str) -> dict:
    return {"python": python, "capabilities": [], "start_methods": []}


def outcome_of(interpreter: Interpreter):
    heard = []
    outcomes = preparing.prepare_all([interpreter], lambda each, outcome: heard.append((each.label, outcome)))
    assert heard == list(outcomes.items())
    return outcomes[interpreter.label]


def test_a_python_that_no_row_fits_is_a_reason_and_not_the_end():
    outcome = outcome_of(Interpreter("cpython-2.5", "cpython", sys.executable, facts("2.5")))
    assert isinstance(outcome, PrepareFailed)
    assert "no environment for cpython with Python 2.5" in str(outcome)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """Nothing of this test goes into the real .nox."""
    monkeypatch.setattr(preparing, "ENVIRONMENTS", tmp_path / "envs")
    monkeypatch.setattr(tools, "TOOLS", tmp_path / "tools")
    monkeypatch.setattr(native_build, "WRAPPED", tmp_path / "native")
    return tmp_path


def test_a_package_that_cannot_be_had_is_the_environments_reason(found, elsewhere, monkeypatch):
    interpreter = need(found, f"cpython-{sys.version_info[0]}.{sys.version_info[1]}")
    row = {"families": ["cpython"], "python": ["*"], "tool": "uv", "packages": ["no-such-package-for-runoff==1"]}
    with pytest.raises(PrepareFailed, match=r"uv failed: .*no-such-package-for-runoff"):
        preparing.prepare(interpreter, {**TABLE, "environments": [row]})


@pytest.mark.slow
def test_a_damaged_or_copied_environment_is_made_again_and_one_that_is_used_is_kept(found, elsewhere, monkeypatch):
    interpreter = need(found, f"cpython-{sys.version_info[0]}.{sys.version_info[1]}")
    row = {"families": ["cpython"], "python": ["*"], "tool": "uv", "packages": ["six==1.17.0"]}
    table = {**TABLE, "environments": [row], "tools": {**TABLE["tools"], "swig": "no-such-swig==1"}}
    first = preparing.prepare(interpreter, table)
    python = Path(first.command[0])
    python.unlink()
    assert preparing.prepare(interpreter, table).command == first.command
    assert python.exists()
    (six,) = python.parents[1].glob("**/six.py")
    six.unlink()
    assert preparing.prepare(interpreter, table).command == first.command
    assert six.exists()

    another = preparing.prepare(interpreter, {**table, "optional_s": 61})
    assert another.command != first.command
    assert python.exists(), "this process began with it"

    shutil.copytree(elsewhere / "envs", elsewhere / "copy", symlinks=True)
    monkeypatch.setattr(preparing, "ENVIRONMENTS", elsewhere / "copy")
    copied = preparing.prepare(interpreter, table)
    assert Path(copied.command[0]).is_relative_to(elsewhere / "copy")


def test_a_build_that_changed_behind_its_path_is_refused_and_asked_anew(found, elsewhere, monkeypatch):
    interpreter = need(found, f"cpython-{sys.version_info[0]}.{sys.version_info[1]}")
    row = {"families": ["cpython"], "python": ["*"], "tool": "uv", "packages": ["six==1.17.0"]}
    forgotten = []
    monkeypatch.setattr(preparing.Cache, "forget", lambda _cache, executable: forgotten.append(executable))
    stale = replace(interpreter, facts={**interpreter.facts, "sys_version": "another"})
    table = {**TABLE, "environments": [row], "tools": {**TABLE["tools"], "swig": "no-such-swig==1"}}
    with pytest.raises(PrepareFailed, match="was found with sys_version 'another' and runs here with"):
        preparing.prepare(stale, table)
    assert forgotten == [interpreter.executable]


def test_an_environment_without_six_is_not_complete(found, elsewhere):
    interpreter = need(found, f"cpython-{sys.version_info[0]}.{sys.version_info[1]}")
    row = {"families": ["cpython"], "python": ["*"], "tool": "uv", "packages": ["idna"]}
    table = {**TABLE, "environments": [row], "tools": {**TABLE["tools"], "swig": "no-such-swig==1"}}
    for _ in range(2):
        with pytest.raises(PrepareFailed, match="lacks six"):
            preparing.prepare(interpreter, table)


def test_without_swig_only_the_native_module_is_missing(found, elsewhere):
    interpreter = need(found, f"cpython-{sys.version_info[0]}.{sys.version_info[1]}")
    row = {"families": ["cpython"], "python": ["*"], "tool": "uv", "packages": ["six==1.17.0"]}
    without = {**TABLE, "environments": [row], "tools": {**TABLE["tools"], "swig": "no-such-swig==1"}}
    environment = preparing.prepare(interpreter, without)
    assert "SWIG cannot be had" in environment.missing["native"]
    assert "native" not in environment.capabilities
    assert "threads" in environment.capabilities


def test_without_a_compiler_the_module_is_missing_with_that_reason(found, elsewhere, monkeypatch):
    interpreter = need(found, f"cpython-{sys.version_info[0]}.{sys.version_info[1]}")
    row = {"families": ["cpython"], "python": ["*"], "tool": "uv", "packages": ["six==1.17.0", "setuptools==80.9.0"]}
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setattr(native_build, "COMPILERS", ("no-such-compiler",))
    environment = preparing.prepare(interpreter, {**TABLE, "environments": [row]})
    assert "no-such-compiler" in environment.missing["native"]
    assert "there is no C compiler" in environment.missing["ctypes"]


@pytest.mark.slow
def test_what_failed_is_tried_again_once_it_may_succeed_and_not_before(found, elsewhere, monkeypatch):
    interpreter = need(found, f"cpython-{sys.version_info[0]}.{sys.version_info[1]}")
    row = {"families": ["cpython"], "python": ["*"], "tool": "uv", "packages": ["six==1.17.0", "setuptools==80.9.0"]}
    table = {**TABLE, "environments": [{**row, "optional": {"msgpack": ["msgpack==1.1.0"]}}]}
    tried = []

    def away(wanted, _):
        tried.extend(wanted)
        return dict.fromkeys(wanted, "the network is away")

    def prepared():
        ready = preparing.prepare(interpreter, table)
        while preparing._in_use:  # as another command would find it
            preparing._in_use.popitem()[1].close()
        return ready

    monkeypatch.setattr(making, "_install_optional", away)
    with monkeypatch.context() as bare:
        bare.setenv("CC", "no-such-compiler")
        bare.setattr(native_build, "COMPILERS", ("no-such-compiler",))
        for _ in range(2):
            first = prepared()
            assert first.missing["msgpack"] == "the network is away"
            assert "there is no C compiler" in first.missing["ctypes"]
    with_compiler = prepared()
    assert {"native", "native_gil", "ctypes"} <= with_compiler.capabilities
    assert with_compiler.missing["msgpack"] == "the network is away"
    assert tried == ["msgpack"]
    monkeypatch.undo()
    monkeypatch.setattr(preparing, "ENVIRONMENTS", elsewhere / "envs")
    monkeypatch.setattr(preparing, "RETRY_S", 0.0)
    complete = prepared()
    assert {"native", "msgpack"} <= complete.capabilities
    assert "msgpack==1.1.0" in complete.packages
    assert complete.command == first.command, "it was added to"
