"""The environment that a person's function is measured in: theirs first, then our packages."""

from __future__ import annotations

import json
import subprocess

import pytest

from runoff.interpreters.facts import IDENTITY
from runoff.workload import environment
from runoff.workload.dependencies import Installed
from tests.helpers.environments import environment as ready

PATHS = ["/ours/lib/site-packages", "/usr/lib/site-packages", "/ours/lib"]


@pytest.fixture
def ours(monkeypatch):
    """An environment whose Python says that it imports from PATHS."""
    said = subprocess.CompletedProcess([], 0, f"a sitecustomize\n{json.dumps(PATHS)}\n".encode())
    monkeypatch.setattr(environment.subprocess, "run", lambda *_, **__: said)
    return ready(command=("/ours/bin/python",), packages=("six==1.17.0",))


def test_a_function_is_measured_by_its_own_environment_and_ours_stands_behind_it(ours, monkeypatch):
    theirs = {name: f"their {name}" for name in IDENTITY}
    monkeypatch.setattr(environment, "probe", lambda command, modules, variables: theirs)
    installed = Installed(["/theirs/python"], {"OWN": "1"}, None, 1.0, 0.0, {"b": "2", "a": "1"}, [], [])
    found = environment.layered(ours, installed)
    assert found.command == ("/theirs/python",)
    packages = {"RUNOFF_PACKAGES": "/ours/lib/site-packages", "PYTHONDONTWRITEBYTECODE": "1"}
    assert found.variables == {"OWN": "1", **packages}
    assert {name: found.facts[name] for name in IDENTITY} == theirs
    assert found.facts["start_methods"] == ours.facts["start_methods"]
    assert found.packages == ("a==1", "b==2", "six==1.17.0")


def test_packages_in_a_folder_of_their_own_are_named_by_its_variable(ours):
    assert environment._packages(ready(variables={"JYTHONPATH": "/ours/packages:/ours.jar"})) == [
        "/ours/packages:/ours.jar"
    ]
