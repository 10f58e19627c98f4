"""Which interpreters a session enlists: those of its family or label, with their variants, or none and exit code 4."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from runoff.cli.bench import enlist
from runoff.common.errors import NOTHING_TO_MEASURE, OK
from runoff.interpreters.discover import Found, Interpreter


def interpreter(label: str) -> Interpreter:
    facts = {"version_info": [3, 13, 0], "gil": True, "free_threaded": False, "jit": None}
    return Interpreter(label, label.partition("-")[0], f"/opt/{label}/python", facts)


@pytest.fixture
def session(tmp_path, monkeypatch):
    """session(target, options) -> (exit code, the labels enlisted so far, those that were prepared)."""
    here = [interpreter(label) for label in ("cpython-3.13", "cpython-3.12", "pypy-3.11")]
    into, prepared = tmp_path / "enlisted", []
    monkeypatch.setattr(enlist.choice, "find_with", lambda named: Found(tuple(here), ()))
    monkeypatch.setattr(enlist, "prepare", lambda wanted, _console: prepared.extend(each.label for each in wanted))

    def provide(row, _allow_sudo, _say):
        if row["implementation"] == "GraalPy":
            here.append(interpreter("graalpy-3.12"))
            return None
        return "no network"

    monkeypatch.setattr(enlist.install, "provide", provide)

    def run(target, *options):
        words = [target, "--into", str(into), "--results", str(tmp_path / "results"), *options]
        ended = CliRunner().invoke(enlist.command, words, standalone_mode=False, catch_exceptions=False)
        return ended.return_value, into.read_text().split() if into.exists() else [], prepared

    return run


def test_sessions_are_enlisted_one_after_another(session):
    assert session("pypy") == (OK, ["pypy-3.11"], ["pypy-3.11"])
    both = ["pypy-3.11", "cpython-3.13", "cpython-3.12"]
    assert session("cpython") == (OK, both, both)


def test_a_label_is_one_interpreter_and_its_variant_brings_it_along(session):
    assert session("cpython-3.12")[1] == ["cpython-3.12"]
    assert session("cpython-3.13+O")[1][1:] == ["cpython-3.13", "cpython-3.13+O"]


def test_a_family_that_is_not_here_is_provided(session):
    assert session("graalpy")[:2] == (OK, ["graalpy-3.12"])


@pytest.mark.parametrize("options", [(), ("--interpreter", "cpython-3.13")])
def test_a_family_that_cannot_be_had_or_is_not_among_those_named_is_nothing_to_measure(session, options):
    assert session("jython", *options) == (NOTHING_TO_MEASURE, [], [])


def test_of_those_named_only_the_sessions_own_are_enlisted(session):
    assert session("cpython", "--interpreter", "cpython-3.12,pypy-3.11")[1] == ["cpython-3.12"]
