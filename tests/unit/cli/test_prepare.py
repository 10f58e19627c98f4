"""The one interpreter that a command runs under."""

from __future__ import annotations

import pytest

from runoff.cli import prepare
from runoff.cli.console import console
from runoff.common.errors import BadInput
from runoff.environments.environment import PrepareFailed
from runoff.interpreters.discover import Found, Interpreter
from tests.helpers.environments import environment


@pytest.fixture
def prepared(monkeypatch):
    """prepared(name) -> the label of the interpreter that is prepared; no other one is."""

    def one(name, failure=None):
        known = {"pypy-3.11": ([3, 11], True), "cpython-3.12": ([3, 12], True), "cpython-3.14t": ([3, 14], False)}
        found = [
            Interpreter(label, label.partition("-")[0], f"/opt/{label}", {"version_info": version, "gil": gil})
            for label, (version, gil) in known.items()
        ]
        monkeypatch.setattr(prepare.choice, "find_with", lambda named: Found(tuple(found), ()))

        def all_of(wanted, done):
            (each,) = wanted
            outcome = failure or environment(each.label)
            done(each, outcome)
            return {each.label: outcome}

        monkeypatch.setattr(prepare, "prepare_all", all_of)
        return prepare.prepare_one(name, console).interpreter.label

    return one


def test_it_is_the_newest_cpython_with_a_gil_unless_another_is_named(prepared):
    assert prepared(None) == "cpython-3.12"
    assert prepared("pypy-3.11") == "pypy-3.11"
    assert prepared("/opt/cpython-3.14t") == "cpython-3.14t"


def test_one_without_an_environment_is_refused_with_the_reason(prepared):
    with pytest.raises(BadInput, match="no environment: uv failed"):
        prepared(None, PrepareFailed("uv failed"))
