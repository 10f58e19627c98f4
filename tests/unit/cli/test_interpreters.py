"""Getting interpreters: one after another, and exit code 3 where one of them was not got."""

from __future__ import annotations

import pytest

from runoff.cli import __main__, interpreters
from runoff.common import run_command
from runoff.common.errors import BAD_INPUT, NOT_AS_REQUIRED, OK


@pytest.fixture
def get(monkeypatch, capsys):
    """get(names, gettable) -> (exit code, what was printed); pypy is here."""

    def got(*names: str, gettable: tuple[str, ...] = ()) -> tuple[int, str]:
        here = {"pypy"}
        monkeypatch.setattr(interpreters, "_known", lambda name: f"{name} 1.0" if name in here else None)

        def provide(row, _allow_sudo, _say):
            name = row["implementation"].lower()
            here.update({name} & {*gettable})
            return None if name in gettable else "no network"

        monkeypatch.setattr(interpreters.install, "provide", provide)
        monkeypatch.setattr("sys.argv", ["runoff", "interpreters", "get", *names])
        return run_command.run(__main__.cli, "runoff"), capsys.readouterr().out

    return got


def test_what_is_here_is_not_got_again(get):
    assert get("pypy") == (OK, "pypy: is here: pypy 1.0\n")


def test_what_was_got_is_named(get):
    assert get("graalpy", gettable=("graalpy",)) == (OK, "graalpy: graalpy 1.0\n")


@pytest.mark.parametrize("names", [("graalpy", "jython", "pypy"), ("pypy", "jython", "graalpy")])
def test_one_that_was_not_got_decides_the_exit_code_and_the_others_are_tried(get, names):
    code, said = get(*names, gettable=("jython",))
    assert code == NOT_AS_REQUIRED
    assert "graalpy: not got; no network\n" in said
    assert "jython: jython 1.0\n" in said
    assert "pypy: is here" in said


def test_a_family_that_is_none_is_refused_before_anything_is_got(get):
    code, said = get("pypy", "pipy")
    assert (code, said) == (BAD_INPUT, "")
