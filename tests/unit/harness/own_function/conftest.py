"""The scripts that run beside a person's function, as modules of the tests' process."""

from __future__ import annotations

import importlib
import sys

import pytest


@pytest.fixture
def script(monkeypatch):
    """script(name) -> the module; it takes its folders out of the path, which the other tests need."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    return lambda name: importlib.import_module(f"harness.own_function.{name}")
