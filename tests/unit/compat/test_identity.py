"""In which mode a process runs: what tells two starts of one build apart, and what does not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from compat import identity
from runoff.common.paths import ROOT

ASK = "from compat import identity; import json; print(json.dumps(identity._flags()))"


def flags(*options: str, **variables: str) -> str:
    known = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **variables}
    return subprocess.run(
        [sys.executable, *options, "-c", ASK], env=known, capture_output=True, text=True, check=True
    ).stdout


def test_an_option_of_x_and_a_flag_are_a_mode_of_their_own():
    usual = flags()
    assert '"-X faulthandler": true' in flags("-X", "faulthandler")
    assert '"optimize": 2' in flags("-OO")
    assert '"-X pycache_prefix": "/x"' in flags("-X", "pycache_prefix=/x")
    assert "optimize" not in usual
    assert "-X" not in usual


@pytest.mark.parametrize("variables", [{"PYTHONHASHSEED": "7"}, {"PYTHONHASHSEED": "0"}, {"PYTHONUTF8": "1"}])
def test_what_the_driver_or_a_locale_sets_is_no_mode(variables):
    assert flags(**variables) == flags()


def test_a_build_that_pretends_nothing_is_named_by_its_implementation(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name, written in (("cpython", "CPython"), ("graalpy", "GraalPy"), ("another", "another")):
        monkeypatch.setattr(sys.implementation, "name", name)
        assert identity.implementation() == written
    monkeypatch.setattr(sys, "platform", "java17")
    assert identity.implementation() == "Jython"
