"""How empty environments are made and filled, and where that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runoff.environments import environment_tools
from runoff.environments.tools import ToolFailed
from runoff.interpreters.discover import Interpreter


def an(python: str) -> Interpreter:
    return Interpreter(f"cpython-{python}", "cpython", "/python", {"python": python, "implementation": "CPython"})


def test_what_takes_no_packages_is_started_as_it_is_and_says_so_when_asked_for_one(tmp_path):
    row = {"tool": "none"}
    assert environment_tools.make_empty(row, an("3.11"), tmp_path, tmp_path / "log") == (["/python"], {})
    with pytest.raises(ToolFailed, match=r"^no package can be installed for this interpreter: a b$"):
        environment_tools.install(row, an("3.11"), ["/python"], ["a", "b"], Path())


def test_pip_for_python_2_is_not_tried_in_a_folder_whose_path_it_cannot_read(tmp_path):
    with pytest.raises(ToolFailed, match="letters beyond ASCII, .*set RUNOFF_NOX_DIR"):
        environment_tools.make_empty({"tool": "virtualenv"}, an("2.7"), tmp_path / "é", tmp_path / "log")


@pytest.mark.parametrize(
    ("packages", "offline", "fresh"),
    [(["-r", "pins.txt"], "", True), (["-r", "pins.txt"], "1", False), (["six"], "", False)],
)
def test_uv_builds_again_what_requirements_may_name_by_a_path(monkeypatch, packages, offline, fresh):
    monkeypatch.setenv("UV_OFFLINE", offline)
    command, _ = environment_tools.install({"tool": "uv"}, an("3.13"), ["/env/python"], packages, Path())
    assert command[1:3] == ["pip", "install"]
    assert ("--refresh" in command) == fresh
    assert command[-len(packages) :] == packages


def test_what_is_unpacked_for_an_interpreter_is_chosen_by_its_own_markers():
    facts = {"python": "2.7", "python_full": "2.7.4", "implementation": "Jython", "platform": "java"}
    jython = Interpreter("jython-2.7", "jython", "/jython", facts)
    command, _ = environment_tools.install({"tool": "folder"}, jython, ["/jython"], ["six"], Path("/env"))
    assert json.loads(command[3]) == {
        "python_version": "2.7",
        "python_full_version": "2.7.4",
        "platform_python_implementation": "Jython",
        "implementation_name": "jython",
        "sys_platform": "java",
    }
    assert command[command.index("--target") + 1] == "/env/packages"
    assert command[command.index("--python-version") + 1] == "2.7"
    assert command[-1] == "six"
