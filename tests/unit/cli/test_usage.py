# Run by pytest (Python 3.9 upward).
"""The usage line of every command is what a person types."""

from __future__ import annotations

import pytest

from runoff.cli import __main__
from runoff.common.paths import ROOT


def usage(monkeypatch, capsys, *arguments: str) -> str:
    monkeypatch.setattr("sys.argv", ["runoff", *arguments, "--help"])
    assert __main__.main() == 0
    return capsys.readouterr().out.splitlines()[0]


@pytest.mark.parametrize("name", [name for name in __main__.COMMANDS if name not in ("enlist", "measure")])
def test_the_usage_names_the_session_that_runs_the_command(monkeypatch, capsys, name):
    session = __main__.SESSIONS.get(name, name)
    said = usage(monkeypatch, capsys, name)
    if session is None:
        assert said.startswith("Usage: runoff ")
        return
    assert said.startswith(f"Usage: nox -s {session} -- [OPTIONS]")
    source = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    assert f'name="{session}"' in source or f"def {session}(" in source


def test_the_usage_of_a_command_below_another_has_both(monkeypatch, capsys):
    assert usage(monkeypatch, capsys, "interpreters", "get").startswith("Usage: nox -s interpreters -- get [OPTIONS]")


@pytest.mark.parametrize("name", ["enlist", "measure"])
def test_the_usage_of_a_run_has_the_sessions_of_its_interpreters(monkeypatch, capsys, name):
    assert usage(monkeypatch, capsys, name) == "Usage: nox -s bench-FAMILY[-VERSION] ... -- [OPTIONS]"
