"""The scripts that run beside a person's function, as modules of the tests' process; and functions as if loaded."""

from __future__ import annotations

import importlib
import sys

import pytest

from harness.own_function.checks import Checks


@pytest.fixture
def script(monkeypatch):
    """script(name) -> the module; it takes its folders out of the path, which the other tests need."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    return lambda name: importlib.import_module(f"harness.own_function.{name}")


@pytest.fixture
def made(tmp_path):
    """made(function, inputs) -> Checks that have loaded it."""

    def make(function, inputs):
        request = {"target": {"folder": str(tmp_path)}, "inputs": inputs, "same_answers": True}
        checks = Checks(request, str(tmp_path / "reply.json"))
        checks.calls.function = function
        return checks

    return make
