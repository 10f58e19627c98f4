"""Providing a missing interpreter, with doubles of the package managers on PATH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runoff.common import tables
from runoff.interpreters import install

FAMILY = {
    "provide": [
        {"tool": "uv", "packages": ["pypy"]},
        {"tool": "apt-get", "packages": ["pypy3", "pypy3-dev"]},
    ]
}


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine with the tools the test makes; ``ran`` is what was run on it. ``root``: whether we are root there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    ran = tmp_path / "ran"
    ran.touch()
    monkeypatch.setenv("PATH", str(folder))
    uv = {**install.INSTALLERS["uv"], "install": ["uv", "python", "install"]}
    monkeypatch.setitem(install.INSTALLERS, "uv", uv)

    def make(root: bool = True, **tools: str) -> Path:
        for name, body in tools.items():
            path = folder / name.replace("_", "-")
            path.write_text(f'#!/bin/sh\necho "{path.name} $*" >> {ran}\n{body}\n')
            path.chmod(0o755)
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
        return ran

    return make


def go(allow_sudo: bool = False):
    said: list[str] = []
    return install.provide(FAMILY, allow_sudo, said.append), said


def test_the_first_way_that_works_is_the_last_one_tried(machine):
    ran = machine(uv="exit 0", apt_get="exit 0")
    outcome, said = go()
    assert outcome is None
    assert ran.read_text() == "uv python install pypy\n"
    assert "uv python install pypy" in said[0]


def test_the_package_manager_comes_next_and_its_lists_are_refreshed_once(machine):
    ran = machine(
        uv="echo no network >&2; exit 1",
        apt_get='[ -e "$0.ready" ] || { [ "$1" = update ] && : > "$0.ready"; exit 100; }',
    )
    outcome, said = go()
    assert outcome is None
    assert ran.read_text().splitlines()[1:] == [
        "apt-get install -y pypy3 pypy3-dev",
        "apt-get update",
        "apt-get install -y pypy3 pypy3-dev",
    ]
    assert any("no network" in line for line in said)


def test_without_root_the_exact_command_is_printed_and_nothing_is_run(machine):
    ran = machine(root=False, uv="exit 1", apt_get="exit 0", sudo="exit 0")
    outcome, _ = go()
    assert "sudo apt-get install -y pypy3 pypy3-dev" in outcome
    assert "--allow-sudo" in outcome
    assert ran.read_text() == "uv python install pypy\n"


def test_sudo_is_used_with_consent_and_never_asks_for_a_password(machine):
    ran = machine(root=False, uv="exit 1", apt_get="exit 0", true="exit 0", sudo='[ "$1" = -n ] && shift && exec "$@"')
    outcome, _ = go(allow_sudo=True)
    assert outcome is None
    assert "sudo -n apt-get install -y pypy3 pypy3-dev" in ran.read_text()


def test_a_sudo_that_wants_a_password_is_no_way(machine):
    machine(root=False, uv="exit 1", apt_get="exit 0", sudo="exit 1")
    outcome, _ = go(allow_sudo=True)
    assert "sudo apt-get install -y pypy3 pypy3-dev" in outcome


def test_where_nothing_can_provide_it_the_ways_to_name_one_are_said(machine):
    machine(uv="exit 1")
    outcome, _ = go()
    assert "--interpreter PATH" in outcome


def test_a_version_is_asked_for_as_each_tool_calls_it():
    family = tables.read("interpreters.toml")["families"]["cpython"]
    ways = {way["tool"]: way["packages"] for way in install.of_label(family, "cpython-3.14")["provide"]}
    assert ways["uv"] == ["cpython-3.14"]
    assert ways["apt-get"] == ["python3.14", "python3.14-dev", "gcc"]
    free = install.of_label(family, "cpython-3.14t")["provide"]
    assert [(way["tool"], way["packages"]) for way in free] == [("uv", ["cpython-3.14t"])]


def test_what_it_takes_is_said_before_it_is_tried(machine):
    machine(uv="exit 0")
    said: list[str] = []
    way = {"tool": "uv", "packages": ["pypy"], "takes": "40 MB"}
    assert install.provide({"provide": [way]}, False, said.append) is None
    assert said == ["none found; trying uv: uv python install pypy (40 MB)"]


def test_the_command_by_hand_is_of_a_tool_that_is_here(machine):
    families = tables.read("interpreters.toml")["families"]
    machine(apt_get="exit 0")
    assert install.by_hand(families["jython"]) == "apt-get install -y jython libjeromq-java default-jdk-headless gcc"
    assert "dotnet tool install --global ironpython.console" in install.by_hand(families["ironpython"])
    machine(dotnet="exit 0")
    assert install.by_hand(families["ironpython"]) == "dotnet tool install --global ironpython.console"
