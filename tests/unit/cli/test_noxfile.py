"""The front door: what ends nox and how, what is measured in the end, and what is left behind."""

from __future__ import annotations

import atexit
import importlib.util
import os
import sys
from types import SimpleNamespace

import nox.registry
import pytest

from runoff.common.errors import BAD_INPUT, INTERRUPTED, NOT_AS_REQUIRED, NOTHING_TO_MEASURE, OK, BadInput
from runoff.common.paths import NOX, ROOT
from runoff.interpreters import discover
from runoff.interpreters.discover import Found, Interpreter

FACTS = {
    "implementation_version": "3.13.0",
    "python_full": "3.13.0",
    "implementation": "CPython",
    "free_threaded": False,
}
HERE = Interpreter(
    "cpython-3.13",
    "cpython",
    "/python",
    {**FACTS, "version_info": [3, 13, 0], "gil": True, "jit": None, "python": "3.13"},
)


class Skipped(Exception):
    """A session was skipped."""


class Session:
    """A session as nox gives it to a function; ``notified`` has the sessions that are to follow."""

    def __init__(self, *posargs):
        self.posargs = list(posargs)
        self.notified = []

    def notify(self, name, posargs):
        self.notified.append((name, list(posargs)))

    def skip(self, why):
        raise Skipped(why)


@pytest.fixture
def at_end(monkeypatch):
    """What is to be called when nox ends."""
    called = []
    monkeypatch.setattr(atexit, "register", lambda call: called.append(call) or call)
    return called


@pytest.fixture
def noxfile(tmp_path, monkeypatch, at_end):
    """noxfile(words typed) -> the module, whose driver ends with the codes in ``ends``; ``driven`` has its commands."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(nox.registry, "_REGISTRY", {})
    monkeypatch.setattr(discover, "find", lambda: Found((HERE,), ()))
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(nox, "options", SimpleNamespace())
    monkeypatch.setattr(nox, "needs_version", None, raising=False)

    def load(*typed):
        monkeypatch.setattr("sys.argv", ["nox", *typed])
        spec = importlib.util.spec_from_file_location("noxfile_under_test", ROOT / "noxfile.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.driven, module.ends = [], []
        module.ENLISTED = tmp_path / "enlisted"

        def run(command, folder, variables):
            module.driven.append((command[1:], folder, variables["RUNOFF_COMMAND"]))
            return module.ends.pop(0)

        monkeypatch.setattr(module.driver_environment, "python", lambda packages: sys.executable)
        monkeypatch.setattr(module, "parent", SimpleNamespace(run=run))
        return module

    return load


@pytest.mark.parametrize("code", [OK, NOTHING_TO_MEASURE])
def test_the_driver_gets_the_command_that_was_typed(noxfile, code):
    module = noxfile("-s", "report", "--", "a run", "--all")
    module.ends = [code]
    assert module.drive("report", "a run", "--all") == code
    command, folder, typed = module.driven[0]
    assert (command, folder) == (["-m", "runoff.cli", "report", "a run", "--all"], ROOT)
    assert typed == "nox -s report -- 'a run' --all"


@pytest.mark.parametrize("code", [1, BAD_INPUT, NOT_AS_REQUIRED, INTERRUPTED, -9])
def test_any_other_end_of_the_driver_ends_nox_with_its_code(noxfile, code):
    module = noxfile()
    module.ends = [code]
    with pytest.raises(SystemExit) as ended:
        module.drive("report")
    assert ended.value.code == code


def test_without_an_environment_for_the_driver_nox_ends_with_the_reason(noxfile, monkeypatch, capsys):
    module = noxfile()

    def python(packages):
        raise BadInput("no network")

    monkeypatch.setattr(module.driver_environment, "python", python)
    with pytest.raises(SystemExit) as ended:
        module.drive("report")
    assert (ended.value.code, capsys.readouterr().err) == (BAD_INPUT, "error: no network\n")


def test_a_bench_session_enlists_and_has_all_measured_in_the_end(noxfile):
    module = noxfile()
    bench, session = nox.registry.get()["bench-cpython-3.13"], Session("--task", "io")
    module.ENLISTED.write_text("cpython-3.13\n")
    module.ends = [OK]
    bench(session)
    assert module.driven[0][0][2:] == ["enlist", "cpython-3.13", "--into", str(module.ENLISTED), "--task", "io"]
    assert session.notified == [("measure", ["--task", "io"])]


def test_help_and_what_cannot_be_had_are_not_measured(noxfile):
    module = noxfile()
    bench, session = nox.registry.get()["bench-jython"], Session("--help")
    module.ends = [OK, NOTHING_TO_MEASURE]
    bench(session)
    with pytest.raises(Skipped):
        bench(session)
    assert session.notified == []


def test_all_that_was_enlisted_is_measured(noxfile):
    module = noxfile()
    with pytest.raises(Skipped):
        module.measure(Session())
    module.ENLISTED.write_text("cpython-3.13\n")
    module.ends = [OK]
    module.measure(Session("--seed", "7"))
    assert module.driven[0][0][2:] == ["measure", "--enlisted", str(module.ENLISTED), "--seed", "7"]


def test_what_was_enlisted_is_forgotten_however_nox_ends(noxfile, at_end):
    module = noxfile()
    module.ENLISTED.write_text("cpython-3.13\n")
    (forget,) = at_end
    for _ in range(2):
        forget()
        assert not module.ENLISTED.exists()


def test_what_a_killed_nox_of_the_same_number_enlisted_is_not_measured(noxfile):
    left = NOX / f"enlisted-{os.getpid()}"
    left.write_text("cpython-2.7\n")
    noxfile()
    assert not left.exists()


def test_a_variant_is_a_session_where_it_was_typed_and_a_misspelt_one_names_the_right_one(noxfile, capsys):
    noxfile("-s", "bench-cpython-3.13+O", "bench-cpyton-3.13", "--", "bench-other")
    sessions = nox.registry.get()
    assert "bench-cpython-3.13+O" in sessions
    assert "bench-cpython-3.13+malloc" not in sessions
    assert "bench-other" not in sessions
    with pytest.raises(SystemExit) as ended:
        sessions["bench-cpyton-3.13"](Session())
    assert ended.value.code == BAD_INPUT
    assert "did you mean 'bench-cpython-3.13'" in capsys.readouterr().err
