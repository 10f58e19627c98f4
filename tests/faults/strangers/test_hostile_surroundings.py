"""The main job, through nox, in a shell whose settings would slow it, relabel it or break it."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runoff.common.paths import ROOT
from runoff.records import record
from tests.helpers.expected import need

SMALL = ["--profile", "smoke", "--scenario", "serial", "--task", "python"]
#: Of the settings that a shell may have, those that may stand together.
HOSTILE = {
    "slow and of another encoding": {
        "PYTHONDEVMODE": "1",
        "PYTHONMALLOC": "debug",
        "PYTHONTRACEMALLOC": "1",
        "PYTHONOPTIMIZE": "2",
        "PYTHONIOENCODING": "cp1252",
        "LC_ALL": "C",
    },
    "strict, of another build and without a home": {
        "PYTHONWARNINGS": "error",
        "PYTHONSAFEPATH": "1",
        "PYTHON_GIL": "0",
        "PYTHON_JIT": "1",
        "HOME": "/no/such/folder",
    },
}
#: What a shell leaves each of its processes in these surroundings.
MOST_DESCRIPTORS = 64
INSTALLERS = {
    "PIP_PREFIX": "/no/such/folder",
    "PIP_TARGET": "/no/such/folder",
    "PIP_NO_DEPS": "1",
    "PIP_USER": "1",
    "PIP_REQUIRE_VIRTUALENV": "1",
    "UV_PYTHON": "3.1",
    "UV_SYSTEM_PYTHON": "1",
    "UV_TARGET": "/no/such/folder",
    "VIRTUALENV_PYTHON": "/no/such/python",
    "VIRTUALENV_NO_PIP": "1",
    "CFLAGS": "-Wno-such-warning -Werror",
}


def few_descriptors() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (MOST_DESCRIPTORS, MOST_DESCRIPTORS))


def run(
    command: list[str], begin: Callable[[], None] | None = None, **variables: str
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NO_COLOR": "1", **variables}
    command = [sys.executable, "-m", *command]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        preexec_fn=begin,
    )


def measured(folder: Path) -> record.Run:
    (header,) = folder.glob(f"*/*/{record.HEADER}")
    return record.read(header.parent)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_main_job_measures_what_was_named(found, tmp_path, name):
    interpreter = need(found, "cpython-3.13")
    label = interpreter.label
    # Named, since where it is may hang on the home.
    hostile = {**HOSTILE[name], "RUNOFF_INTERPRETERS": f"{interpreter.executable}{os.pathsep}"}
    done = run(["nox", "-s", f"bench-{label}", "--", *SMALL, "--results", str(tmp_path)], few_descriptors, **hostile)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    got = measured(tmp_path)
    assert {each["status"] for each in got.records} == {"ok"}
    flags = {"int_max_str_digits", "no_user_site", "gil"}  # of a Python that is started as usual
    assert all(set(each["answered_by"]["flags"]) <= flags for each in got.records)
    expected = set(HOSTILE[name]) - {"LC_ALL", "HOME"}
    assert expected <= set(got.header["environment"]["kept_out"])
    assert all(variable in done.stdout for variable in expected)


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Installers' settings, and a place for environments and the tools that make them."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for tool, name, text in (
        ("uv", "uv.toml", "[pip]\ntarget = '/no/such/folder'\nno-deps = true\n"),
        ("pip", "pip.conf", "[global]\ntarget = /no/such/folder\nno-deps = true\n"),
    ):
        (folder / "config" / tool).mkdir(parents=True)
        (folder / "config" / tool / name).write_text(text)
    return {**INSTALLERS, "RUNOFF_NOX_DIR": str(folder / "nox"), "XDG_CONFIG_HOME": str(folder / "config")}


@pytest.mark.parametrize("label", ["cpython-2.7", "cpython-3.13"])
def test_an_environment_is_complete_whatever_installers_are_told_elsewhere(found, tmp_path, elsewhere, label):
    need(found, label)
    into, results = str(tmp_path / "enlisted"), str(tmp_path / "results")
    for command in (["enlist", label, "--into", into], ["measure", "--enlisted", into]):
        done = run(["runoff.cli", *command, *SMALL, "--results", results], **elsewhere)
        assert done.returncode == 0, done.stdout + done.stderr
    got = measured(tmp_path / "results")
    assert {each["status"] for each in got.records} == {"ok"}
    assert not {"requests", "tornado", "native", "pika", "zmq"} & set(got.header["interpreters"][label]["missing"])
